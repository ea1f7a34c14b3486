namespace Migrate.Target.Host;

/// <summary>
/// Commands whose answers came with one receive, on their way to their callers. One visit to the thread pool serves them all,
/// and what the callers submit next leaves with one send: for small commands both cost more than the command itself. The
/// callers run one after the other, so a batch holds little data; who works long on much of it holds nobody up.
/// </summary>
internal sealed class CompletionBatch(HostQueue queue) : IThreadPoolWorkItem
{
    private const int MostCommands = 32;
    private const int MostBytes = 64 * 1024;

    private readonly HostCommand[] _commands = new HostCommand[MostCommands];
    private int _count;
    private int _bytes;

    public bool IsEmpty => _count == 0;

    /// <summary>False when the command belongs into the next batch.</summary>
    public bool TryAdd(HostCommand command)
    {
        var bytes = command.ReadInto.Length + command.WriteFrom.Length;
        if (_count == MostCommands || (_count > 0 && _bytes + bytes > MostBytes))
        {
            return false;
        }

        _commands[_count++] = command;
        _bytes += bytes;
        return true;
    }

    public void Execute()
    {
        HostQueue.BeginGathering();
        try
        {
            for (var i = 0; i < _count; i++)
            {
                _commands[i].Deliver();
            }
        }
        finally
        {
            (_count, _bytes) = (0, 0);
            queue.Recycle(this);
            HostQueue.SendGathered();
        }
    }
}
