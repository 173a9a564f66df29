// The 1D array: a lane under each column of the 2D array, each with a bank that holds what the lanes work on. Lane c does
// in cycle s + c what the instruction means in its cycle s. Results that the 2D array takes travel Rows hops, up to the
// top bank of their column or aside to the left bank of the row of the same number.
//
//   t          lane computes
//   t + 1      its bank has the result
//   t + Rows + 1   so has the bank at the edge
module array_1d
  import lane_control_pkg::*;
#(
  parameter int unsigned Lanes      = 4,
  parameter int unsigned Rows       = 4,
  parameter int unsigned BankWords  = 4096,
  parameter int unsigned DramPorts  = 2
) (
  input  logic                clk_i,
  input  logic                rst_i,
  input  lane_control_t       control_i,
  input  logic [31:0]         a_constant_i,  // stay until the last lane has ended
  input  logic [31:0]         b_constant_i,
  // What leaves the columns above: reductions, and what PEs hand out.
  input  logic [Lanes-1:0]    below_valid_i,
  input  logic [16*Lanes-1:0] below_address_i,
  input  logic [32*Lanes-1:0] below_data_i,
  input  logic [Lanes-1:0]    drain_valid_i,
  input  logic [16*Lanes-1:0] drain_address_i,
  input  logic [32*Lanes-1:0] drain_data_i,
  // What goes to the banks at the edges.
  output logic [Lanes-1:0]    up_valid_o,
  output logic [Lanes-1:0]    aside_valid_o,
  output logic [16*Lanes-1:0] edge_address_o,
  output logic [32*Lanes-1:0] edge_data_o,
  // The DMA writes and reads the banks.
  input  logic [DramPorts*Lanes-1:0]    load_valid_i,
  input  logic [16*DramPorts-1:0]       load_address_i,
  input  logic [32*DramPorts-1:0]       load_data_i,
  input  logic [16*DramPorts*Lanes-1:0] store_address_i,
  output logic [32*DramPorts*Lanes-1:0] store_data_o
);
  lane_control_t control    [Lanes];
  logic [31:0]   a_constant [Lanes];
  logic [31:0]   b_constant [Lanes];
  assign control[0]    = control_i;
  assign a_constant[0] = a_constant_i;
  assign b_constant[0] = b_constant_i;
  for (genvar c = 1; c < int'(Lanes); c++) begin : g_edge
    always_ff @(posedge clk_i) begin
      if (rst_i) begin
        control[c] <= '0;
      end else begin
        control[c] <= control[c-1];
        if (control[c-1].lanes != '0) control[c].lanes <= control[c-1].lanes - 5'd1;
      end
      a_constant[c] <= a_constant[c-1];
      b_constant[c] <= b_constant[c-1];
    end
  end

  for (genvar c = 0; c < int'(Lanes); c++) begin : g_lane
    logic        write;
    logic [31:0] a_data, b_data, sum_data, result;
    lane u_lane (
      .clk_i,
      .control_i    (control[c]),
      .a_constant_i (a_constant[c]),
      .b_constant_i (b_constant[c]),
      .a_data_i     (a_data),
      .b_data_i     (b_data),
      .sum_data_i   (sum_data),
      .write_o      (write),
      .result_o     (result)
    );
    bank #(.Width(32), .Words(BankWords), .WritePorts(DramPorts + 3), .ReadPorts(DramPorts + 3)) u_bank (
      .clk_i,
      .write_i         ({write, below_valid_i[c], drain_valid_i[c], load_valid_i[DramPorts*c+:DramPorts]}),
      .write_address_i ({control[c].to, below_address_i[16*c+:16], drain_address_i[16*c+:16], load_address_i}),
      .write_data_i    ({result, below_data_i[32*c+:32], drain_data_i[32*c+:32], load_data_i}),
      .read_address_i  ({store_address_i[16*DramPorts*c+:16*DramPorts], control[c].sum, control[c].b, control[c].a}),
      .read_data_o     ({store_data_o[32*DramPorts*c+:32*DramPorts], sum_data, b_data, a_data})
    );

    // One register a hop.
    localparam int unsigned UpBits = 2 + 16 + 32;
    logic [UpBits-1:0] up [Rows+1];
    assign up[0] = {write && control[c].up, write && control[c].aside, control[c].edge_to, result};
    for (genvar hop = 1; hop <= int'(Rows); hop++) begin : g_hop
      always_ff @(posedge clk_i) up[hop] <= rst_i ? '0 : up[hop-1];
    end
    assign {up_valid_o[c], aside_valid_o[c], edge_address_o[16*c+:16], edge_data_o[32*c+:32]} = up[Rows];
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i) assert (32'(control_i.lanes) <= Lanes);
  end
  // A lane reads words that its bank has.
  for (genvar c = 0; c < int'(Lanes); c++) begin : g_assert
    always_ff @(posedge clk_i) begin
      if (!rst_i && control[c].step.op != LaneIdle && control[c].step.op != LaneExp && control[c].lanes != '0) begin
        assert ((control[c].step.a != LaneBankA && control[c].step.b != LaneBankA) || 32'(control[c].a) < BankWords);
        assert ((control[c].step.a != LaneBankB && control[c].step.b != LaneBankB) || 32'(control[c].b) < BankWords);
      end
    end
  end
`endif
endmodule
