// fp32 to bf16.
module round_bf16 (
  input  logic [31:0] value_i,
  output logic [15:0] result_o
);
  assign result_o = 16'(arithmetic_pkg::attnsim_round(value_i) >> 16);
endmodule
