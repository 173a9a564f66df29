# Design-space exploration over `simulate batch`.
