// The 1D array: a lane under each column of the 2D array, each with a bank that holds what the lanes work on. Lane c does
// in cycle s + c what the instruction means in its cycle s. Results that the 2D array takes travel up Rows hops.
//
//   t          lane computes
//   t + 1      its bank has the result
//   t + Rows + 1   so has the top bank of its column
module array_1d
  import lane_control_pkg::*;
#(
  parameter int unsigned Lanes      = 4,
  parameter int unsigned Rows       = 4,
  parameter int unsigned BankWords  = 4096,
  parameter int unsigned StorePorts = 2
) (
  input  logic                clk_i,
  input  logic                rst_i,
  input  lane_control_t       control_i,
  input  logic [31:0]         a_constant_i,  // stay until the last lane has ended
  input  logic [31:0]         b_constant_i,
  // What leaves the columns above.
  input  logic [Lanes-1:0]    below_valid_i,
  input  logic [16*Lanes-1:0] below_address_i,
  input  logic [32*Lanes-1:0] below_data_i,
  // What goes to the top banks.
  output logic [Lanes-1:0]    up_valid_o,
  output logic [16*Lanes-1:0] up_address_o,
  output logic [32*Lanes-1:0] up_data_o,
  // The DMA reads the banks.
  input  logic [16*StorePorts*Lanes-1:0] store_address_i,
  output logic [32*StorePorts*Lanes-1:0] store_data_o
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
    logic [31:0] a_data, b_data, result;
    lane u_lane (
      .clk_i,
      .control_i    (control[c]),
      .a_constant_i (a_constant[c]),
      .b_constant_i (b_constant[c]),
      .a_data_i     (a_data),
      .b_data_i     (b_data),
      .write_o      (write),
      .result_o     (result)
    );
    bank #(.Width(32), .Words(BankWords), .WritePorts(2), .ReadPorts(StorePorts + 2)) u_bank (
      .clk_i,
      .write_i         ({write, below_valid_i[c]}),
      .write_address_i ({control[c].to, below_address_i[16*c+:16]}),
      .write_data_i    ({result, below_data_i[32*c+:32]}),
      .read_address_i  ({store_address_i[16*StorePorts*c+:16*StorePorts], control[c].b, control[c].a}),
      .read_data_o     ({store_data_o[32*StorePorts*c+:32*StorePorts], b_data, a_data})
    );

    // One register a hop.
    localparam int unsigned UpBits = 1 + 16 + 32;
    logic [UpBits-1:0] up [Rows+1];
    assign up[0] = {write && control[c].up, control[c].top, result};
    for (genvar hop = 1; hop <= int'(Rows); hop++) begin : g_hop
      always_ff @(posedge clk_i) up[hop] <= rst_i ? '0 : up[hop-1];
    end
    assign {up_valid_o[c], up_address_o[16*c+:16], up_data_o[32*c+:32]} = up[Rows];
  end
endmodule
