// What a PE of the 2D array is told in one cycle; the word moves with the operands, one PE a cycle.
package pe_control_pkg;
  typedef enum logic [3:0] {
    PeIdle,
    PeMacc,          // sum = (first ? 0 : resumes ? register `from` : sum) + top * left
    PeReduceMax,     // below = max(above, register `from`)
    PeReduceAdd,     // below = above + register `from`
    PeReduceMacc,    // below = above + register `from` * left
    PeSubtract,      // sum = register `from` - top; the first cycle of exp(a - b)
    PeExp,           // cycles 2 to 7 of it
    PeSelect         // register `to` = -inf where the mask has no 1
  } pe_op_e;

  typedef struct packed {
    pe_op_e      op;
    logic [2:0]  exp_step;  // PeExp: 0 to 5
    logic        first;
    logic        resumes;
    logic        write;     // the result of this cycle goes to register `to`
    logic        scaled;    // the top operand is multiplied by the array's factor on its way in
    logic [3:0]  from;
    logic [3:0]  to;
    logic [15:0] left;      // where the operands lie in the banks, and where a reduction goes in its lane
    logic [15:0] top;
    logic [15:0] lane;
    logic [4:0]  rows;      // from here down and to the right, so many PEs take part
    logic [4:0]  columns;
  } pe_control_t;

  // What leaves the PEs for the lanes beside all that: one word a column a cycle, the top row's first.
  typedef struct packed {
    logic        valid;
    logic [4:0]  row;       // from here down: whose register it is
    logic [3:0]  from;
    logic [15:0] lane;      // where it goes in its lane's bank
    logic [4:0]  columns;
  } pe_drain_t;
endpackage
