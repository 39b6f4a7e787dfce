//! The family compared with reference programs and on cases with a known answer.

mod dag;
mod dropouts;
mod effects;
mod own_data;
