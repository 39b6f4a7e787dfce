use std::path::Path;

use super::*;
use crate::{Problem, Redraws};

fn read(text: &str) -> Result<Data, Invalid> {
    match Problem::read(text.parse().unwrap())? {
        Problem::Data(data) => Ok(data),
        Problem::Simulation(_) | Problem::Plans(_) | Problem::Drawn(_) => panic!("a simulation"),
    }
}

fn streams(replicate: u32) -> Streams {
    Streams { seed: 1, cell: 2, replicate }
}

#[test]
fn prediabetes_classes_at_each_cutoff() {
    // Counted in the file by another program: none, prediabetes, diabetes.
    let cases = [
        (30, [3020, 11, 28]),
        (35, [2980, 16, 63]),
        (40, [2900, 37, 122]),
        (45, [2748, 75, 236]),
        (50, [2499, 119, 441]),
        (55, [2123, 154, 782]),
        (60, [1719, 175, 1165]),
        (65, [1336, 165, 1558]),
    ];
    for (cutoff, counts) in cases {
        let data = read(&format!("kind = \"prediabetes\"\ncutoff = {cutoff}")).unwrap();
        assert_eq!(data.sample.counts(), counts, "{cutoff}");
    }
    let data = read("kind = \"prediabetes\"\ncutoff = 30").unwrap();
    assert_eq!(data.features, ["Age", "Sex", "IMD_Decile", "BMI", "HbA1C"]);
    let first: Vec<f64> = (0..5).map(|j| data.sample.design.column(j)[0]).collect();
    assert_eq!(first, [61.0, 0.0, 7.0, 51.67, 44.0]);
    assert_eq!(data.input.digest, "a4a37470760cfd4e28bd6bbb0d9988fdb594bff87df1190c9e5345a361786713");
    let none = read("kind = \"prediabetes\"\ncutoff = 5").unwrap_err();
    assert_eq!(none.key, "cutoff");
    assert!(none.message.starts_with("the class `prediabetes` does not occur"), "{none}");
}

#[test]
fn splits_share_the_rows_by_replicate() {
    let problem = Problem::read("kind = \"prediabetes\"\ncutoff = 40".parse().unwrap()).unwrap();
    assert_eq!(problem.inputs().len(), 1);
    let draw = |replicate| problem.draw(&streams(replicate)).unwrap();
    let instance = draw(0);
    let test = instance.test.unwrap();
    assert_eq!((instance.train.labels.len(), test.labels.len()), (2753, 306));
    assert_eq!((instance.truth, instance.redraws), (None, Redraws::default()));
    assert_eq!(draw(0).train, instance.train);
    assert_ne!(draw(1).train.labels, instance.train.labels);
    let Problem::Data(data) = &problem else { panic!("a simulation") };
    let counts: Vec<usize> = instance.train.counts().iter().zip(test.counts()).map(|(a, b)| a + b).collect();
    assert_eq!(counts, data.sample.counts());
    // Rows stay intact: those of train and test together, sorted, are the rows of the file.
    let rows = |sample: &Sample| -> Vec<Vec<u64>> {
        let cells = |i: usize| (0..5).map(move |j| sample.design.column(j)[i].to_bits());
        (0..sample.labels.len()).map(|i| cells(i).chain([sample.labels[i] as u64]).collect()).collect()
    };
    let (mut split, mut all) = ([rows(&instance.train), rows(&test)].concat(), rows(&data.sample));
    split.sort_unstable();
    all.sort_unstable();
    assert!(split == all);
}

#[test]
fn wines_are_all_there() {
    let data = read("kind = \"wine\"").unwrap();
    assert_eq!(data.sample.counts(), [10, 53, 681, 638, 199, 18]);
    assert_eq!(data.class_names, ["3", "4", "5", "6", "7", "8"]);
    assert_eq!((data.sample.design.rows(), data.training_rows(), data.features.len()), (1599, 1439, 11));
    let first: Vec<f64> = (0..11).map(|j| data.sample.design.column(j)[0]).collect();
    assert_eq!(first, [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]);
    assert_eq!(data.sample.labels[..4], [2, 2, 2, 3]);
}

fn csv(folder: &Path, contents: &str, rest: &str) -> Result<Data, Invalid> {
    let path = folder.join("own.csv");
    std::fs::write(&path, contents).unwrap();
    read(&format!("kind = \"csv\"\ndata = {path:?}\n{rest}"))
}

#[test]
fn own_data_are_read_by_column_and_label() {
    let folder = tempfile::tempdir().unwrap();
    let text = "a,grade,b\n1,mid,10\n2,low,20\n3, high ,30\n4,low,40\n5,mid,50\n6,high,60\n";
    let rest = "label = \"grade\"\norder = [\"low\", \"mid\", \"high\"]";
    let data = csv(folder.path(), text, rest).unwrap();
    assert_eq!(data.sample.labels, [1, 0, 2, 0, 1, 2]);
    assert_eq!(
        (data.features, data.class_names),
        (vec!["a".into(), "b".into()], vec!["low".to_owned(), "mid".into(), "high".into()])
    );
    assert_eq!(data.sample.design.column(1), [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
    let one = csv(folder.path(), text, &format!("{rest}\nfeatures = [\"b\"]")).unwrap();
    assert_eq!((one.features, one.sample.design.columns()), (vec!["b".to_owned()], 1));
    let numbers = "y,x\n3,1\n5.0,2\n4,3\n3,4\n5,5\n";
    let data = csv(folder.path(), numbers, "label = \"y\"\norder = [3, 4, 5]").unwrap();
    assert_eq!(data.sample.labels, [0, 2, 1, 0, 2]);
}

#[test]
fn a_class_that_a_split_misses_is_drawn_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = "x,y\n1,0\n2,0\n3,0\n4,1\n5,1\n6,2\n";
    let rest = "label = \"y\"\norder = [0, 1, 2]\ntest_fraction = 0.5";
    let data = csv(folder.path(), text, rest).unwrap();
    let redraws: Vec<usize> = (0..50)
        .map(|replicate| {
            let instance = data.split(&streams(replicate)).unwrap();
            assert_eq!(instance.train.counts(), [1, 1, 1]);
            instance.redraws.unseen
        })
        .collect();
    // 6 of the 20 splits have all classes among the training rows.
    assert!(redraws.iter().sum::<usize>() > 50 && redraws.contains(&0), "{redraws:?}");
}

#[test]
fn unusable_data_are_refused_by_line_and_name() {
    let folder = tempfile::tempdir().unwrap();
    let good = "x,y\n1,lo\n2,hi\n3,lo\n4,hi\n";
    let order = "label = \"y\"\norder = [\"lo\", \"hi\"]";
    let own = folder.path().join("own.csv").display().to_string();
    let cases = [
        (
            "x,y\n1,lo\n2,HI\n",
            order.to_owned(),
            "data",
            "FILE: row 2 (line 3), column `y`: expected one of the labels `lo`, `hi`, found `HI`",
        ),
        (
            "x,y\n1,lo\nnan,hi\n",
            order.to_owned(),
            "data",
            "FILE: row 2 (line 3), column `x`: expected a finite number, found `nan`",
        ),
        ("x,y\n1,lo\n2\n", order.to_owned(), "data", "FILE: row 2 (line 3): expected 2 cells, found 1"),
        ("x,y\n", order.to_owned(), "data", "FILE: no rows of data below the header"),
        ("y\nlo\nhi\n", order.to_owned(), "data", "FILE: no column other than the label"),
        ("x,y\n1,lo\n2,lo\n", order.to_owned(), "order", "the class `hi` does not occur in FILE"),
        (
            good,
            "label = \"z\"\norder = [\"lo\", \"hi\"]".into(),
            "label",
            "FILE: no column `z`; the columns are `x`, `y`",
        ),
        (
            good,
            format!("{order}\nfeatures = [\"x\", \"w\"]"),
            "features[1]",
            "FILE: no column `w`; the columns are `x`, `y`",
        ),
        (good, format!("{order}\nfeatures = [\"x\", \"x\"]"), "features[1]", "the column `x` appears twice"),
        (good, format!("{order}\nfeatures = [\"y\"]"), "features[0]", "`y` is the label"),
        (
            good,
            format!("{order}\nfeatures = []"),
            "features",
            "expected at least 1 column; omit this key to use all columns",
        ),
        (
            good,
            format!("{order}\ntest_fraction = 0.8"),
            "test_fraction",
            "holding out 3 of 4 rows leaves too few for all of the 2 classes",
        ),
        (
            good,
            format!("{order}\ntest_fraction = 1.0"),
            "test_fraction",
            "expected a fraction between 0 and 1, found 1",
        ),
        (
            good,
            "label = \"y\"\norder = [\"lo\"]".into(),
            "order",
            "expected at least 2 labels in ascending order, found 1",
        ),
        (
            good,
            "label = \"y\"\norder = [\"lo\", \"hi\", \"lo\"]".into(),
            "order[2]",
            "the label `lo` appears twice",
        ),
        (
            good,
            "label = \"y\"\norder = [0.5, 1.5]".into(),
            "order[0]",
            "expected a string or an integer, found 0.5",
        ),
    ];
    for (contents, rest, key, message) in cases {
        let error = csv(folder.path(), contents, &rest).unwrap_err();
        let found = error.message.replace(&own, "FILE");
        assert_eq!((error.key.as_str(), found.as_str()), (key, message), "{rest}");
    }
    let missing = read(&format!("kind = \"csv\"\ndata = \"no-such.csv\"\n{order}")).unwrap_err();
    assert!(missing.message.starts_with("cannot read no-such.csv"), "{missing}");
    let kind = read("kind = \"soup\"").unwrap_err();
    assert_eq!(
        (kind.key.as_str(), read("kind = \"wine\"\ncutoff = 3").unwrap_err().key.as_str()),
        ("kind", "cutoff")
    );
}

#[test]
fn classes_without_an_order_are_taken_as_found() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "plan,year,x,share\nA,1,1,small\nA,2,2,small\nB,1,3,large\nB,2,4,large\nC,1,5,small\nC,2,6,large\n";
    let data = csv(folder.path(), text, "label = \"share\"\ngroup = \"plan\"\ntest_fraction = 0.3").unwrap();
    assert_eq!(data.class_names, ["large", "small"]);
    assert_eq!(data.sample.labels, [1, 1, 0, 0, 1, 0]);
    assert_eq!((data.ordered, data.features.clone()), (false, vec!["year".to_owned(), "x".into()]));
    assert_eq!(data.groups.clone().unwrap(), [0, 0, 1, 1, 2, 2]);
    assert!(data.input.holds.contains("`large` 3, `small` 3"), "{}", data.input.holds);
    for replicate in 0..20 {
        // One of three plans is held out whole.
        let instance = data.split(&streams(replicate)).unwrap();
        let x = instance.test.unwrap().design.column(1).to_vec();
        assert!(x.len() == 2 && (x[0] + 1.0 - x[1]).abs() < 1e-15 && x[0] % 2.0 == 1.0, "{x:?}");
        let groups = instance.groups.unwrap();
        assert!(groups.len() == 4 && groups[0] == groups[1] && groups[2] == groups[3]);
    }
    let rows = "label = \"share\"\ngroup = \"plan\"\nsplit = \"rows\"\ntest_fraction = 0.3";
    let data = csv(folder.path(), text, rows).unwrap();
    let apart = (0..20).filter(|r| {
        let groups = data.split(&streams(*r)).unwrap().groups.unwrap();
        groups.iter().any(|g| groups.iter().filter(|h| *h == g).count() == 1)
    });
    assert!(apart.count() > 5, "years of a plan are on both sides");
}

#[test]
fn unusable_classes_and_groups_are_refused_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.csv").display().to_string();
    let cases = [
        (
            "x,y\n1,a\n2,a\n3,b\n",
            "label = \"y\"",
            "label",
            "the class `b` of the column `y` has one row, which cannot be both learned and tested: merge it with another \
             class or leave its row out",
        ),
        (
            "x,y\n1,a\n2,a\n",
            "label = \"y\"",
            "label",
            "expected at least 2 classes in the column `y`, found 1",
        ),
        (
            "x,y\n1,a\n2,a\n3,b\n4,b\n",
            "label = \"class\"",
            "label",
            "FILE: no column `class`; the columns are `x`, `y`",
        ),
        (
            "x,y\n1,a\n2,\n",
            "label = \"y\"",
            "data",
            "FILE: row 2 (line 3), column `y`: expected the name of a class, found ``",
        ),
        ("x,y\n1,a\n2,a\n3,b\n4,b\n", "label = \"y\"\ngroup = \"y\"", "group", "`y` is the label"),
        (
            "x,y\n1,a\n2,a\n3,b\n4,b\n",
            "label = \"y\"\nsplit = \"groups\"",
            "split",
            "to hold out whole groups, give their column as `group`",
        ),
        (
            "x,g,y\n1,u,a\n2,u,a\n3,u,b\n4,u,b\n",
            "label = \"y\"\ngroup = \"g\"",
            "group",
            "holding out 1 of 1 group leaves none",
        ),
    ];
    for (contents, rest, key, message) in cases {
        let error = csv(folder.path(), contents, rest).unwrap_err();
        let found = error.message.replace(&own, "FILE");
        assert_eq!((error.key.as_str(), found.as_str()), (key, message), "{rest}");
    }
    // A column that is constant everywhere has no variance inflation factor.
    let data = csv(folder.path(), "x,c,y\n1,7,a\n2,7,a\n3,7,b\n4,7,b\n", "label = \"y\"").unwrap();
    let entry = crate::estimators::ENTRIES.iter().find(|e| e.name == "multinomial-l1").unwrap();
    let admits = |keys: &str, data: &Data| {
        (entry.read)(keys.parse().unwrap()).unwrap().admit(&Problem::Data(data.clone()))
    };
    let error = admits("screen = 10.0", &data).unwrap_err();
    assert!(error.key == "screen" && error.message.contains("`c`"), "{error}");
    assert!(admits("", &data).is_ok());
    let by = admits("lambda = { cv = { by = \"groups\" } }", &data).unwrap_err();
    assert_eq!(by.key, "lambda.cv.by");
    let presto = crate::estimators::ENTRIES.iter().find(|e| e.name == "presto").unwrap();
    let presto = (presto.read)("".parse().unwrap()).unwrap();
    assert_eq!(presto.admit(&Problem::Data(data)).unwrap_err().key, "kind");
}
