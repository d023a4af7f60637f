// Ctrl-C ends what takes long and keeps what it has found; the second one ends the process.
#ifndef TOOLS_INTERRUPTS_H_
#define TOOLS_INTERRUPTS_H_

namespace wavetank {

void CatchInterrupts();
bool Interrupted();

}  // namespace wavetank

#endif  // TOOLS_INTERRUPTS_H_
