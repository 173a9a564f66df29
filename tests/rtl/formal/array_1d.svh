
  // Lane c has the word of c cycles ago, for as many lanes less, with the constants of that cycle; and what it sends up is
  // at the top Rows cycles later.
  lane_control_t past [Lanes];
  logic [63:0]   past_constants [Lanes];
  lane_control_t wanted [Lanes];
  logic          was_reset_q = 1'b0;
  assign past[0] = control_i;
  assign past_constants[0] = {a_constant_i, b_constant_i};
  always @(posedge clk_i) was_reset_q <= 1'b1;
  always @* assume (rst_i == !was_reset_q);
  for (genvar k = 1; k < int'(Lanes); k++) begin : g_past
    always @(posedge clk_i) begin
      past[k] <= rst_i ? '0 : past[k-1];
      past_constants[k] <= past_constants[k-1];
    end
  end
  for (genvar c = 0; c < int'(Lanes); c++) begin : g_skew
    always @* begin
      wanted[c] = past[c];
      wanted[c].lanes = past[c].lanes > 5'(c) ? past[c].lanes - 5'(c) : 5'd0;
      if (was_reset_q) begin
        assert (control[c] == wanted[c]);
        assert (wanted[c] == '0 || {a_constant[c], b_constant[c]} == past_constants[c]);
      end
    end

    logic [Rows:0] went_up;
    assign went_up[0] = past[c].write && past[c].up && 5'(c) < past[c].lanes;
    for (genvar k = 1; k <= int'(Rows); k++) begin : g_way
      always @(posedge clk_i) went_up[k] <= !rst_i && went_up[k-1];
    end
    always @* if (was_reset_q) assert (up_valid_o[c] == went_up[Rows]);
  end
