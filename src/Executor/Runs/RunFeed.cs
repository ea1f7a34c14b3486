using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Migrate.Executor.Runs;

/// <summary>
/// Tells listeners in this process what happens to runs. A listener that is too slow misses the oldest news: the database
/// has the state and every line of the log, so that it can ask there for what it missed.
/// </summary>
public sealed class RunFeed
{
    private const int Capacity = 256;
    private readonly ConcurrentDictionary<Guid, (Guid? RunId, Channel<RunProgress> Channel)> _listeners = new();

    public void Publish(RunProgress progress)
    {
        foreach (var (runId, channel) in _listeners.Values)
        {
            if (runId is null || runId == progress.RunId)
            {
                channel.Writer.TryWrite(progress);
            }
        }
    }

    /// <summary>News of one run, or of all runs when <paramref name="runId"/> is null, from now on until cancelled.</summary>
    public async IAsyncEnumerable<RunProgress> ListenAsync(Guid? runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid();
        var channel = Channel.CreateBounded<RunProgress>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest });
        _listeners[id] = (runId, channel);
        try
        {
            await foreach (var progress in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return progress;
            }
        }
        finally
        {
            _listeners.TryRemove(id, out _);
        }
    }
}
