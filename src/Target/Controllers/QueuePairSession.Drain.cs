namespace Migrate.Target.Controllers;

// A host that is drained: its I/O connections end when what they have begun is done.
internal sealed partial class QueuePairSession
{
    private bool IsDraining => IsIoQueue && _queuePair!.Controller.IsDraining;

    private bool HasRunningCommands => _freeCommands.Count < _commands.Count;

    private void EndIfDrained()
    {
        if (IsDraining && !HasRunningCommands)
        {
            HasEnded = true;
        }
    }
}
