mod blend;
mod data;
mod linear;
