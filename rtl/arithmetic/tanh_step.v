// tanh(x) in seven steps of a lane's units: (1 - e) / (1 + e) with e = exp(-2 |x|), and |x| - |x|^3 / 3 for |x| < 0.25.
// Lanes in lockstep do both. Operations as in sigmoid_step.v. Combinational.
//
//   step  operation  the unit's result    goes to
//   0     exp        e                    running
//   1     subtract   1 - running          kept
//   2     add        1 + e                running
//   3     divide     kept / running       kept
//   4     macc       |x| * |x|            running
//   5     macc       running * |x|        running
//   6     macc       |x| - running / 3    result: this or kept, with the sign of x
module tanh_step (
  input  logic [2:0]  step_i,
  input  logic [31:0] x_i,
  input  logic [31:0] running_i,
  input  logic [31:0] kept_i,
  input  logic [31:0] unit_i,       // what the unit gives in this step
  output logic [2:0]  operation_o,
  output logic [31:0] a_o,
  output logic [31:0] b_o,
  output logic [31:0] sum_o,
  output logic        keep_o,       // the result goes to kept, not to running
  output logic        last_o,
  output logic [31:0] result_o      // what is written at the end of this step
);

  localparam logic [31:0] One        = 32'h3f80_0000;
  localparam logic [31:0] MinusThird = 32'hbeaa_aaab;

  logic [31:0] size, minus_twice;
  logic [30:0] magnitude;
  logic        nan;

  assign size        = {1'b0, x_i[30:0]};
  assign minus_twice = {1'b1, x_i[30:23] == 8'hff || x_i[30:23] == 8'h00 ? x_i[30:23] : x_i[30:23] + 8'd1,
                        x_i[30:23] == 8'hfe ? 23'b0 : x_i[22:0]};  // from 2^127 on, infinity
  assign keep_o      = step_i == 3'd1 || step_i == 3'd3;
  assign last_o      = step_i == 3'd6;

  always_comb begin
    case (step_i)
      3'd0:    {operation_o, a_o, b_o, sum_o} = {3'd3, minus_twice, 32'h0, 32'h0};
      3'd1:    {operation_o, a_o, b_o, sum_o} = {3'd2, One, running_i, 32'h0};
      3'd2:    {operation_o, a_o, b_o, sum_o} = {3'd1, One, running_i, 32'h0};
      3'd3:    {operation_o, a_o, b_o, sum_o} = {3'd4, kept_i, running_i, 32'h0};
      3'd4:    {operation_o, a_o, b_o, sum_o} = {3'd0, size, size, 32'h0};
      3'd5:    {operation_o, a_o, b_o, sum_o} = {3'd0, running_i, size, 32'h0};
      default: {operation_o, a_o, b_o, sum_o} = {3'd0, running_i, MinusThird, size};
    endcase
  end

  assign magnitude = size < 32'h3e80_0000 ? unit_i[30:0] : kept_i[30:0];
  assign nan       = magnitude > 31'h7f80_0000;
  assign result_o  = !last_o ? unit_i : nan ? 32'h7fc0_0000 : {x_i[31], magnitude};

`ifdef VERILATOR
  always_comb assert (step_i <= 3'd6);
`endif

endmodule
