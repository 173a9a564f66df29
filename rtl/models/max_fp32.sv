// The larger of two numbers.
module max_fp32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] result_o
);
  assign result_o = arithmetic_pkg::attnsim_max(a_i, b_i);
endmodule
