namespace Migrate.Target.Controllers;

// A host that is drained: its I/O connections end when what they have begun is done.
internal sealed partial class QueuePairSession
{
    private bool IsDraining => IsIoQueue && _queuePair!.Controller.IsDraining;

    private bool HasRunningCommands => _freeCommands.Count < _commands.Count;

    private void EndIfDrained()
    {
        if (IsDraining)
        {
            DropFirstHalf(); // its second half is not taken any more
        }

        if (IsDraining && !HasRunningCommands)
        {
            HasEnded = true;
        }
    }

    // Who turns a host away waits for this: until the storage has nothing of the connection any more, its writes may still happen.
    private void LeaveController()
    {
        if (_isClosed && _storing == 0)
        {
            _queuePair?.Controller.RemoveQueuePair(_queuePair.QueueId);
        }
    }
}
