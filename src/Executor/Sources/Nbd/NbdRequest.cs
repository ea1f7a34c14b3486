using System.Buffers.Binary;

namespace Migrate.Executor.Sources.Nbd;

/// <summary>A request in flight: takes the parts of its answer, and knows when all of it has come. Its caller may leave before that.</summary>
internal sealed class NbdRequest(NbdCommand command, long offset, int length, Memory<byte> buffer)
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<(int Start, int End)> _parts = [];
    private Exception? _error;
    private bool _receiving;
    private bool _left;

    public NbdCommand Command { get; } = command;

    public long Offset { get; } = offset;

    public int Length { get; } = length;

    public Task Answered => _answered.Task;

    /// <summary>Length and flags of each run that the server described.</summary>
    public List<(uint Length, uint Flags)> Runs { get; } = [];

    /// <summary>Room for a part of the data; null when the caller has left and the bytes are to be thrown away. False: no such part was asked for.</summary>
    public bool TryBegin(long partOffset, long partLength, out Memory<byte>? room)
    {
        room = null;
        var start = partOffset - Offset;
        if (Command != NbdCommand.Read || start < 0 || partLength < 0 || start > Length - partLength)
        {
            return false;
        }
        lock (_lock)
        {
            // Two parts that overlap could hide a third that never comes.
            if (_parts.Exists(p => p.Start < start + partLength && start < p.End))
            {
                return false;
            }
            _parts.Add(((int)start, (int)(start + partLength)));
            _receiving = !_left;
            if (!_left)
            {
                room = buffer.Slice((int)start, (int)partLength);
            }
            return true;
        }
    }

    public void EndPart()
    {
        lock (_lock)
        {
            _receiving = false;
            if (_left)
            {
                _answered.TrySetCanceled();
            }
        }
    }

    public void AddRuns(ReadOnlySpan<byte> descriptors)
    {
        for (; descriptors.Length >= 8; descriptors = descriptors[8..])
        {
            Runs.Add((BinaryPrimitives.ReadUInt32BigEndian(descriptors), BinaryPrimitives.ReadUInt32BigEndian(descriptors[4..])));
        }
    }

    public void AddError(Exception error) => _error ??= error;

    /// <summary>The last part has come. False when data is missing.</summary>
    public bool Finish()
    {
        var whole = _error is not null || Command != NbdCommand.Read || _parts.Sum(p => p.End - p.Start) == Length;
        if (_error is not null)
        {
            _answered.TrySetException(_error);
        }
        else if (whole)
        {
            _answered.TrySetResult();
        }
        return whole;
    }

    public void Fail(Exception error) => _answered.TrySetException(error);

    /// <summary>The caller gives up. When this task ends, nothing is written to its buffer any more.</summary>
    public Task LeaveAsync()
    {
        lock (_lock)
        {
            _left = true;
            if (!_receiving)
            {
                _answered.TrySetCanceled();
            }
        }
        return _answered.Task;
    }
}
