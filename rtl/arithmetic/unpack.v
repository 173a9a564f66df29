// The parts of a floating-point word with eight bits of exponent: bf16 (FractionBits = 7) or fp32 (23).
// A subnormal is a zero.
module unpack #(
  parameter int FractionBits = 23
) (
  input  logic [FractionBits+8:0] word_i,
  output logic                    sign_o,
  output logic [7:0]              exponent_o,     // biased by 127
  output logic [FractionBits:0]   significand_o,  // with its leading 1; 0 of a zero
  output logic                    zero_o,
  output logic                    infinite_o,
  output logic                    nan_o
);

  logic [FractionBits-1:0] fraction;

  assign {sign_o, exponent_o, fraction} = word_i;
  assign zero_o        = exponent_o == 8'h00;
  assign infinite_o    = exponent_o == 8'hff && fraction == '0;
  assign nan_o         = exponent_o == 8'hff && fraction != '0;
  assign significand_o = zero_o ? '0 : {1'b1, fraction};

`ifdef VERILATOR
  always_comb assert ({1'b0, zero_o} + {1'b0, infinite_o} + {1'b0, nan_o} <= 2'd1);
`endif

endmodule
