// fp32 to bf16.
module round_bf16 (
  input  logic [31:0] value_i,
  output logic [15:0] result_o
);
  always_comb begin
    result_o = '0;
    if (value_i != '0) result_o = 16'(arithmetic_pkg::attnsim_round(value_i) >> 16);
  end
endmodule
