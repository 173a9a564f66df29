// Random posts and takes of a channel, at several latencies, against a count of what has been posted long enough ago.
module token_counter_bench;
  logic        clk = 0, rst = 1, set = 0, post = 0, take = 0;
  logic [5:0]  latency = 0;
  logic [15:0] first_tokens = 0;
  logic        available;
  token_counter u_counter (
    .clk_i(clk), .rst_i(rst), .set_i(set), .latency_i(latency), .initial_i(first_tokens), .post_i(post), .take_i(take),
    .available_o(available)
  );

  localparam int Cycles = 400;
  logic posted [Cycles];
  int   arrived, taken, errors = 0, checks = 0, i, run;

  task tick;
    #1 clk = 1;
    #1 clk = 0;
  endtask

  initial begin
    tick;
    rst = 0;
    for (run = 0; run < 64; run = run + 1) begin
      set = 1;
      latency = run[5:0];
      first_tokens = 16'(run % 3);
      tick;
      set = 0;
      taken = 0;
      arrived = run % 3;
      for (i = 0; i < Cycles; i = i + 1) begin
        // A token posted in the cycle i - 1 - latency is there from this one on.
        if (i > run && posted[i-1-run]) arrived = arrived + 1;
        checks = checks + 1;
        if (available != (arrived > taken)) errors = errors + 1;
        posted[i] = $urandom % 3 == 0;
        post = posted[i];
        take = available && $urandom % 2 == 0;
        if (take) taken = taken + 1;
        #1;
        tick;
      end
      post = 0;
      take = 0;
    end
    if (errors == 0 && checks == 64 * Cycles) $display("PASSED %0d checks", checks);
    else $display("FAILED %0d of %0d checks", errors, checks);
    $finish;
  end
endmodule
