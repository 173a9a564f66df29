// Random instructions: the control word of each cycle, and which cycle is the last, from the instruction in closed form.
module array_1d_control_bench;
  import lane_control_pkg::*;
  logic        clk = 0, rst = 1, start = 0, active = 0, last;
  logic        a_is_constant = 0, b_is_constant = 0, a_moves = 0, b_moves = 0, up = 0;
  lane_op_e    op = LaneIdle;
  logic [15:0] steps = 1, a = 0, b = 0, to = 0, top = 0;
  logic [4:0]  lanes = 0;
  lane_control_t control, wanted;
  array_1d_control u_control (
    .clk_i(clk), .rst_i(rst), .start_i(start), .active_i(active), .op_i(op), .steps_i(steps),
    .a_is_constant_i(a_is_constant), .b_is_constant_i(b_is_constant), .a_i(a), .b_i(b), .to_i(to), .top_i(top),
    .a_moves_i(a_moves), .b_moves_i(b_moves), .up_i(up), .lanes_i(lanes), .last_o(last), .control_o(control)
  );

  integer cycle, elapsed = 0, length = 1, of_a_step = 1, errors = 0, done = 0, step, phase;
  logic   ends;
  initial begin
    #1 clk = 1;
    #1 clk = 0;
    rst = 0;
    for (cycle = 0; cycle < 5000 && errors < 20; cycle = cycle + 1) begin
      start = 0;
      if (!active && $urandom % 4 != 0) begin
        case ($urandom % 5)
          0:       op = LaneMax;
          1:       op = LaneAdd;
          2:       op = LaneMultiply;
          3:       op = LaneDivide;
          default: op = LaneSubtract;
        endcase
        steps = 16'(1 + $urandom % 5);
        {a_is_constant, b_is_constant, a_moves, b_moves, up, a, b, to, top, lanes} = {$urandom, $urandom, $urandom};
        of_a_step = op == LaneSubtract ? 7 : 1;
        length = 32'(steps) * of_a_step;
        start = 1;
        active = 1;
        elapsed = 0;
      end
      #1;
      wanted = 0;
      if (active) begin
        step = elapsed / of_a_step;
        phase = elapsed % of_a_step;
        ends = phase == of_a_step - 1;
        wanted.op            = op;
        if (phase > 0) wanted.op = LaneExp;
        wanted.exp_step      = phase > 0 ? 3'(phase - 1) : 3'd0;
        wanted.write         = ends;
        wanted.up            = ends && up;
        wanted.a_is_constant = a_is_constant;
        wanted.b_is_constant = b_is_constant;
        wanted.a             = a + (a_moves ? 16'(step) : 16'd0);
        wanted.b             = b + (b_moves ? 16'(step) : 16'd0);
        wanted.to            = to + 16'(step);
        wanted.top           = top + 16'(step);
        wanted.lanes         = lanes;
        if (last !== (elapsed == length - 1)) errors = errors + 1;
      end
      if (control !== wanted) begin
        errors = errors + 1;
        if (errors < 6) $display("op %0d, cycle %0d of %0d: %h for %h", op, elapsed, length, control, wanted);
      end
      #1 clk = 1;
      #1;
      elapsed = elapsed + 1;
      if (active && elapsed == length) begin
        active = 0;
        done = done + 1;
      end
      clk = 0;
    end
    if (errors == 0 && done > 400) $display("PASSED %0d instructions", done);
    else $display("FAILED %0d errors in %0d instructions", errors, done);
    $finish;
  end
endmodule
