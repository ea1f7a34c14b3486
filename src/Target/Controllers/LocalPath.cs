using System.Diagnostics;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;
using Migrate.Target.Statistics;

namespace Migrate.Target.Controllers;

/// <summary>
/// Reads and writes of a host that lives in the target's own process, without a socket: the kernel copies the data once, where it would be copied
/// five times. It does what an I/O queue does at once for such a command: the same fence, reservations, access state, guard and statistics. What
/// would have to wait for the storage, and what is to be refused, it leaves to the host's queues, which are connected besides: there is one place
/// where errors are made.
/// </summary>
internal sealed class LocalPath : IDisposable
{
    private readonly Subsystem _subsystem;
    private readonly Namespace _one;
    private readonly AnaAccess _ana;
    private readonly HostIdentity _host;
    private readonly StatisticsBook _book;
    private readonly ConnectionStatistics _statistics;
    private readonly Lock _recording = new();

    public LocalPath(Subsystem subsystem, Namespace one, ushort portId, HostIdentity host, StatisticsBook book)
    {
        (_subsystem, _one, _ana, _host, _book) = (subsystem, one, subsystem.AnaOf(portId), host, book);
        _statistics = book.Open(host.Nqn);
    }

    /// <summary>False when it was not done, or not all of it: then the queues have to.</summary>
    public bool TryRead(Span<byte> buffer, long offset)
    {
        var began = Stopwatch.GetTimestamp();
        if (!TryEnter(Access.Read, offset, buffer.Length, out var period, out var stripe))
        {
            return false;
        }

        var isDone = period.Backing!.Inline.TryRead(buffer, offset) == 0;
        period.Exit(stripe);
        return isDone && Record(CommandClass.Read, buffer.Length, began);
    }

    /// <inheritdoc cref="TryRead"/>
    public bool TryWrite(ReadOnlySpan<byte> data, long offset)
    {
        var began = Stopwatch.GetTimestamp();
        if (!TryEnter(Access.Write, offset, data.Length, out var period, out var stripe))
        {
            return false;
        }

        var isDone = period.Backing!.Inline.TryWrite(data, offset) == 0;
        period.Exit(stripe);
        return isDone && Record(CommandClass.Write, data.Length, began);
    }

    /// <summary>The next run of bytes that the storage keeps, at or behind the offset; both the end when there is none. False when that cannot be told.</summary>
    public bool TryFindData(long offset, out long start, out long end)
    {
        (start, end) = (offset, _one.CapacityBytes);
        if (!TryEnter(Access.Read, offset, _one.BlockSize, out var period, out var stripe))
        {
            return false;
        }

        var isKnown = period.Backing!.TryFindData(offset, out start, out end);
        period.Exit(stripe);
        (start, end) = (Math.Min(start, _one.CapacityBytes), Math.Min(end, _one.CapacityBytes));
        return isKnown;
    }

    public void Dispose() => _book.Close(_statistics);

    private bool TryEnter(Access access, long offset, long length, out AccessPeriod period, out int stripe)
    {
        stripe = Environment.CurrentManagedThreadId;
        if (_one.TryEnter(_host, access, stripe, out period) != NvmeStatus.Success)
        {
            return false;
        }

        // Inside of the period, as the queues do it.
        if (_ana.StatusOf(_one) == NvmeStatus.Success && _subsystem.Policy.Allows(_host.Nqn) && !period.Bars(offset, length) && length <= _one.CapacityBytes - offset)
        {
            return true;
        }

        period.Exit(stripe);
        return false;
    }

    private bool Record(CommandClass kind, int bytes, long began)
    {
        lock (_recording)
        {
            _statistics.Record(_one, kind, bytes, Stopwatch.GetTimestamp() - began, NvmeStatus.Success);
        }

        return true;
    }
}
