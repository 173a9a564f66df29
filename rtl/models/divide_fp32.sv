// a / b.
module divide_fp32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] result_o
);
  assign result_o = arithmetic_pkg::attnsim_divide(a_i, b_i);
endmodule
