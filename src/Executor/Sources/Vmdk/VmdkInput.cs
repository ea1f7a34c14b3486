using Migrate.Planner;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>The stream with a buffer and a position. An early end, a broken connection and a long silence are all a truncated stream.</summary>
internal sealed class VmdkInput(Stream stream, TimeSpan stallTimeout, TimeProvider time)
{
    private readonly byte[] _buffer = new byte[256 << 10];
    private int _start;
    private int _end;

    public long Position { get; private set; }

    public async ValueTask ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        if (!await TryReadAsync(into, cancellationToken))
        {
            throw VmdkFault.Truncated(Position);
        }
    }

    /// <summary>False when the stream ended exactly here.</summary>
    public async ValueTask<bool> TryReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        var wanted = into.Length;
        while (into.Length > 0)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
            {
                return into.Length == wanted ? false : throw VmdkFault.Truncated(Position);
            }
            var part = Math.Min(into.Length, _end - _start);
            _buffer.AsMemory(_start, part).CopyTo(into);
            _start += part;
            Position += part;
            into = into[part..];
        }
        return true;
    }

    public async ValueTask SkipToAsync(long position, CancellationToken cancellationToken)
    {
        while (Position < position)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
            {
                throw VmdkFault.Truncated(Position);
            }
            var part = (int)Math.Min(position - Position, _end - _start);
            _start += part;
            Position += part;
        }
    }

    /// <summary>Reads to the stream's end and forgets it.</summary>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        do
        {
            Position += _end - _start;
        }
        while (await FillAsync(cancellationToken));
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(stallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            (_start, _end) = (0, await stream.ReadAsync(_buffer, either.Token));
            return _end > 0;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw VmdkFault.Truncated(Position, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MigrateException("source.stream-truncated", $"The source sent nothing for {stallTimeout.TotalSeconds:0} s after {Position} bytes of the stream.",
                "See to the host and the network, then retry: extents that are already safe are checked and not written again.", e)
            { IsTransient = true };
        }
    }
}
