// 1 / sqrt(x) in eight steps of a lane's MACC: two Newton steps y' = y (1.5 - 0.5 x y y) from an approximation by the
// exponent. inf for a zero, NaN below it. Operations as in sigmoid_step.v. Combinational.
//
//   step  the MACC's result      goes to
//   0, 4  x * y                  running
//   1, 5  running * y            running
//   2, 6  1.5 - 0.5 * running    running
//   3, 7  y * running            kept, the next y; in step 7 the result
module rsqrt_step (
  input  logic [2:0]  step_i,
  input  logic [31:0] x_i,
  input  logic [31:0] running_i,
  input  logic [31:0] kept_i,
  input  logic [31:0] unit_i,       // what the MACC gives in this step
  output logic [2:0]  operation_o,
  output logic [31:0] a_o,
  output logic [31:0] b_o,
  output logic [31:0] sum_o,
  output logic        keep_o,       // the result goes to kept, not to running
  output logic        last_o,
  output logic [31:0] result_o      // what is written at the end of this step
);

  localparam logic [31:0] OneAndAHalf = 32'h3fc0_0000;
  localparam logic [31:0] MinusHalf   = 32'hbf00_0000;

  logic        zero, nan, infinite;
  logic [31:0] y;

  assign zero     = x_i[30:23] == 8'h00;
  assign nan      = x_i[30:0] > 31'h7f80_0000 || (x_i[31] && !zero);
  assign infinite = x_i == 32'h7f80_0000;

  assign y           = step_i < 3'd4 ? 32'h5f37_59df - (x_i >> 1) : kept_i;
  assign operation_o = 3'd0;
  assign keep_o      = step_i == 3'd3;
  assign last_o      = step_i == 3'd7;

  always_comb begin
    case (step_i)
      3'd0, 3'd4: {a_o, b_o, sum_o} = {x_i, y, 32'h0};
      3'd1, 3'd5: {a_o, b_o, sum_o} = {running_i, y, 32'h0};
      3'd2, 3'd6: {a_o, b_o, sum_o} = {MinusHalf, running_i, OneAndAHalf};
      default:    {a_o, b_o, sum_o} = {y, running_i, 32'h0};
    endcase
  end

  assign result_o = !last_o ? unit_i : nan ? 32'h7fc0_0000 : zero ? 32'h7f80_0000 : infinite ? 32'h0 : unit_i;

`ifdef VERILATOR
  always_comb assert (!last_o || !nan || result_o == 32'h7fc0_0000);
`endif

endmodule
