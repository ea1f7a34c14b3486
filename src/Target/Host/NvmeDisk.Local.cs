using System.Runtime.CompilerServices;
using Migrate.Target.Admin;

namespace Migrate.Target.Host;

// A target in this very process: what needs no waiting is done here and now, the rest by the queues as ever.
public sealed partial class NvmeDisk
{
    private bool HasLocalPath => _local is not null && _host.IsConnected && !_hasLostWrites;

    /// <summary>
    /// Runs of bytes that the storage keeps, ascending; all else reads as zeroes, as nothing is kept of it. A target that does not tell, and
    /// one that is not in this process, is taken to keep everything.
    /// </summary>
    /// <remarks>Of what was flushed; what is written meanwhile may be missing.</remarks>
    public IEnumerable<(long Offset, long Length)> FindData()
    {
        for (var at = 0L; at < CapacityBytes;)
        {
            if (!HasLocalPath || !_local!.TryFindData(at, out var start, out var end))
            {
                yield return (at, CapacityBytes - at);
                yield break;
            }

            if (end > start)
            {
                yield return (start, end - start);
            }

            at = end;
        }
    }

    /// <summary>The same, but of a target that is not in this process by <see cref="NvmeHostOptions.FindData"/>.</summary>
    public async IAsyncEnumerable<(long Offset, long Length)> FindDataAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (HasLocalPath || _host.FindData is not { } ask)
        {
            foreach (var run in FindData())
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return run;
            }

            yield break;
        }

        for (var from = 0L; from < CapacityBytes;)
        {
            var map = await AskAsync(ask, from, cancellationToken);
            foreach (var run in map.Runs)
            {
                yield return (run.Offset, run.Length);
            }

            from = map.Next;
        }
    }

    private static readonly TimeSpan MapTimeout = TimeSpan.FromMinutes(1);

    /// <summary>What nobody can tell, or not in time, counts as kept: then it is read.</summary>
    private async Task<DataMap> AskAsync(Func<Guid, long, CancellationToken, Task<DataMap>> ask, long from, CancellationToken cancellationToken)
    {
        var all = new DataMap([new DataRun(from, CapacityBytes - from)], CapacityBytes);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(MapTimeout);
        try
        {
            var map = await ask(Uuid, from, limited.Token);
            return map.Next > from ? map : all;
        }
        catch (TargetException)
        {
            return all;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return all;
        }
    }

    /// <summary>How many bytes from the beginning on were read.</summary>
    private int ReadLocally(long offset, Span<byte> buffer)
    {
        var done = 0;
        for (int part; done < buffer.Length; done += part)
        {
            part = Math.Min(MaxTransferBytes, buffer.Length - done);
            if (!_local!.TryRead(buffer.Slice(done, part), offset + done))
            {
                break;
            }
        }

        return done;
    }

    /// <summary>How many bytes from the beginning on were written.</summary>
    private int WriteLocally(long offset, ReadOnlySpan<byte> data)
    {
        Interlocked.Increment(ref _writesBegun);
        var done = 0;
        for (int part; done < data.Length; done += part)
        {
            part = Math.Min(MaxTransferBytes, data.Length - done);
            if (!_local!.TryWrite(data.Slice(done, part), offset + done))
            {
                break;
            }
        }

        Interlocked.Increment(ref _writesEnded);
        return done;
    }
}
