use super::prelude::*;

pub(super) const FORM: Form =
    Form::new::<Untestable>("untestable", "a claim of the paper that cannot be tested here");

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Untestable {
    /// Why it cannot be tested.
    reason: String,
}

impl Test for Untestable {
    fn names(&self) -> Vec<(Kind, &'static str, Option<&str>)> {
        Vec::new()
    }

    fn check(&self, _: &ClaimSpec) -> Result<(), Invalid> {
        require(!self.reason.trim().is_empty(), "reason", "must say why it cannot be tested")
    }

    fn untestable(&self) -> Option<&str> {
        Some(&self.reason)
    }

    fn evaluate(&self, _: &mut View<'_>, _: &[Curve]) -> Evaluated {
        Err(self.reason.clone())
    }
}
