use remeasure::harness::provenance::Manifest;
use remeasure::harness::report::{REPORT_HTML, file_digest, linked, write_crate};
fn main() {
    for entry in std::fs::read_dir("results").unwrap() {
        let folder = entry.unwrap().path().join("published");
        let Ok(mut manifest) = Manifest::read(&folder) else { continue };
        let page = std::fs::read(folder.join(REPORT_HTML)).unwrap();
        let bytes = linked(&page, &|name| manifest.files.contains_key(name)).unwrap();
        println!("{} {} -> {}", folder.display(), page.len(), bytes.len());
        std::fs::write(folder.join(REPORT_HTML), &bytes).unwrap();
        manifest.files.insert(REPORT_HTML.into(), file_digest(REPORT_HTML, &bytes));
        manifest.write(&folder).unwrap();
        write_crate(&folder, &manifest).unwrap();
    }
}
