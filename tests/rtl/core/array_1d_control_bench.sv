// Random instructions: the control word of each cycle, and which cycle is the last, by walking the elements and steps.
module array_1d_control_bench;
  import lane_control_pkg::*;
  logic         clk = 0, rst = 1, start = 0, active = 0, last;
  logic         adds_up = 0, up = 0, aside = 0;
  logic [103:0] program_bits = 0;
  logic [3:0]   length = 1;
  sum_source_e  source = SumZero;
  logic [15:0]  outer = 1, inner = 1, a = 0, a_outer = 0, a_inner = 0, b = 0, b_outer = 0, b_inner = 0;
  logic [15:0]  sum = 0, to = 0, at_edge = 0, to_outer = 0;
  logic [4:0]   lanes = 0;
  lane_control_t control, wanted;
  lane_step_t    now;
  array_1d_control u_control (
    .clk_i(clk), .rst_i(rst), .start_i(start), .active_i(active), .program_i(program_bits), .length_i(length),
    .outer_i(outer), .inner_i(inner), .adds_up_i(adds_up), .sum_source_i(source), .a_i(a), .a_outer_i(a_outer),
    .a_inner_i(a_inner), .b_i(b), .b_outer_i(b_outer), .b_inner_i(b_inner), .sum_i(sum), .to_i(to), .edge_i(at_edge),
    .to_outer_i(to_outer), .up_i(up), .aside_i(aside), .lanes_i(lanes), .last_o(last), .control_o(control)
  );

  integer cycle, o = 0, n = 0, step = 0, phase = 0, i, errors = 0, done = 0;
  logic   is_exp, ends_step, ends_element, ends;
  initial begin
    #1 clk = 1;
    #1 clk = 0;
    rst = 0;
    for (cycle = 0; cycle < 5000 && errors < 20; cycle = cycle + 1) begin
      start = 0;
      if (!active && $urandom % 4 != 0) begin
        length = 4'(1 + $urandom % 8);
        for (i = 0; i < 8; i = i + 1) begin
          now = $urandom;
          if (now.op == LaneExp) now.op = LaneSubtract;
          program_bits[13*i+:13] = now;
        end
        adds_up = $urandom % 2 == 0;
        outer = 16'(1 + $urandom % 3);
        inner = adds_up ? 16'(1 + $urandom % 3) : 16'd1;
        source = SumBank;
        if ($urandom % 2 == 0) source = SumLowest;
        {a, a_outer, a_inner, b, b_outer, b_inner} = {$urandom, $urandom, $urandom};
        {sum, to, at_edge, to_outer, up, aside, lanes} = {$urandom, $urandom, $urandom};
        start = 1;
        active = 1;
        {o, n, step, phase} = 0;
      end
      #1;
      wanted = 0;
      now = program_bits[13*step+:13];
      is_exp = now.op == LaneSubtract;
      ends_step = !is_exp || phase == 6;
      ends_element = ends_step && step == 32'(length) - 1;
      ends = ends_element && n == 32'(inner) - 1;
      if (active) begin
        if (is_exp && phase > 0) now.op = LaneExp;
        if (!ends_step) now.minus_result = 0;
        wanted.step       = now;
        wanted.exp_step   = phase > 0 ? 3'(phase - 1) : 3'd0;
        wanted.done       = ends_step;
        wanted.adds_up    = ends_element && adds_up;
        wanted.sum_source = source;
        if (n > 0) wanted.sum_source = SumRegister;
        wanted.write      = ends;
        wanted.up         = ends && up;
        wanted.aside      = ends && aside;
        wanted.a          = 16'(a + o * a_outer + n * a_inner);
        wanted.b          = 16'(b + o * b_outer + n * b_inner);
        wanted.sum        = 16'(sum + o * to_outer);
        wanted.to         = 16'(to + o * to_outer);
        wanted.edge_to    = 16'(at_edge + o * to_outer);
        wanted.lanes      = lanes;
        if (last !== (ends && o == 32'(outer) - 1)) errors = errors + 1;
      end
      if (control !== wanted) begin
        errors = errors + 1;
        if (errors < 6) $display("cycle %0d, element %0d %0d, step %0d: %h for %h", cycle, o, n, step, control, wanted);
      end
      #1 clk = 1;
      #1;
      if (active && ends && o == 32'(outer) - 1) begin
        active = 0;
        done = done + 1;
      end
      phase = ends_step ? 0 : phase + 1;
      if (ends_step) step = ends_element ? 0 : step + 1;
      if (ends_element) n = ends ? 0 : n + 1;
      if (ends) o = o + 1;
      clk = 0;
    end
    if (errors == 0 && done > 60) $display("PASSED %0d instructions", done);
    else $display("FAILED %0d errors in %0d instructions", errors, done);
    $finish;
  end
endmodule
