// Two four-bit integers of a byte as bf16, exact. Combinational.
module int4_to_bf16 (
  input  logic [7:0]  pair_i,      // the first in the low half
  input  logic        unsigned_i,  // 0 to 15, else -8 to 7
  output logic [15:0] low_o,
  output logic [15:0] high_o
);

  int8_to_bf16 u_low (
    .value_i   ({{4{pair_i[3] && !unsigned_i}}, pair_i[3:0]}),
    .unsigned_i(unsigned_i),
    .result_o  (low_o)
  );

  int8_to_bf16 u_high (
    .value_i   ({{4{pair_i[7] && !unsigned_i}}, pair_i[7:4]}),
    .unsigned_i(unsigned_i),
    .result_o  (high_o)
  );

`ifdef VERILATOR
  always_comb assert (!unsigned_i || (!low_o[15] && !high_o[15]));
`endif

endmodule
