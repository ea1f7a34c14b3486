using System.Threading.Tasks.Sources;
using Migrate.Target.Protocol;

namespace Migrate.Target.Host;

/// <summary>
/// One of a queue's command slots. It is rented, filled, submitted, awaited and returned by one caller; between submit and
/// completion it and its buffers belong to the queue. Completion never happens before the queue is done with the buffers.
/// </summary>
internal sealed class HostCommand(ushort id) : IValueTaskSource<CompletionEntry>
{
    private ManualResetValueTaskSourceCore<CompletionEntry> _completion;
    private CompletionEntry _answer;
    private int _isInFlight;
    private int _unsent;

    public ushort Id { get; } = id;

    public byte[] Entry { get; } = new byte[SubmissionEntry.Size];

    /// <summary>What failed, in words for a message.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Where a read's data goes.</summary>
    public Memory<byte> ReadInto { get; private set; }

    /// <summary>Where a write's data is.</summary>
    public ReadOnlyMemory<byte> WriteFrom { get; private set; }

    public bool IsInCapsule { get; private set; }

    public int ReceivedBytes { get; set; }

    /// <summary>A received PDU's data digest did not fit.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>Time stamp of the submission.</summary>
    public long SubmittedAt { get; private set; }

    /// <summary>
    /// True while a capsule or data of this command waits to be sent. The target cannot rightly answer, nor ask for more, before
    /// it has what it asked for; if it does, the slot must not go to another command whose data would then be sent instead.
    /// </summary>
    public bool HasUnsent => Volatile.Read(ref _unsent) != 0;

    public bool IsInFlight => Volatile.Read(ref _isInFlight) != 0;

    public ValueTask<CompletionEntry> Completion => new(this, _completion.Version);

    /// <summary>Of the caller: cancelled when he wants no answer any more, though he waits until the command is over.</summary>
    public CancellationToken Wanted { get; set; }

    /// <summary>Time stamp of when it was first seen in flight and not wanted any more; 0 before.</summary>
    public long UnwantedSince { get; set; }

    /// <summary>Clears the entry for a new command; the caller then fills its dwords.</summary>
    public Span<byte> Begin(string name, byte opcode, uint nsid)
    {
        Name = name;
        ReadInto = default;
        WriteFrom = default;
        ReceivedBytes = 0;
        IsDamaged = false;
        IsInCapsule = false;
        var entry = Entry.AsSpan();
        entry.Clear();
        entry[0] = opcode;
        entry[1] = SubmissionEntry.UsesSgl;
        BitConverter.TryWriteBytes(entry[2..], Id);
        BitConverter.TryWriteBytes(entry[4..], nsid);
        new SglDescriptor(0, 0, SglDescriptor.Transport).Write(entry[24..]);
        return entry;
    }

    public void Reads(Memory<byte> into)
    {
        ReadInto = into;
        new SglDescriptor(0, (uint)into.Length, SglDescriptor.Transport).Write(Entry.AsSpan(24));
    }

    public void Writes(ReadOnlyMemory<byte> from, int maxInCapsule)
    {
        WriteFrom = from;
        IsInCapsule = from.Length <= maxInCapsule;
        new SglDescriptor(0, (uint)from.Length, IsInCapsule ? SglDescriptor.InCapsule : SglDescriptor.Transport).Write(Entry.AsSpan(24));
    }

    public void MarkSubmitted(long now)
    {
        SubmittedAt = now;
        UnwantedSince = 0;
        Volatile.Write(ref _isInFlight, 1);
    }

    public void SendBegins() => Volatile.Write(ref _unsent, 1);

    public void SendEnds() => Volatile.Write(ref _unsent, 0);

    /// <summary>Takes the answer; false when the command had its outcome before. The caller learns of it by <see cref="Deliver"/>.</summary>
    public bool TryAnswer(in CompletionEntry entry)
    {
        _answer = entry;
        return Interlocked.Exchange(ref _isInFlight, 0) == 1;
    }

    /// <summary>Runs the caller's code that waits for the answer: on a thread of the pool, never on the receiving one.</summary>
    public void Deliver()
    {
        _completion.RunContinuationsAsynchronously = false;
        _completion.SetResult(_answer);
    }

    public void Fail(Exception cause)
    {
        if (Interlocked.Exchange(ref _isInFlight, 0) == 1)
        {
            _completion.RunContinuationsAsynchronously = true;
            _completion.SetException(cause);
        }
    }

    /// <summary>Makes the slot ready for its next command; nobody may hold the old completion any more.</summary>
    public void Reset()
    {
        _completion.Reset();
        Wanted = default;
        ReadInto = default;
        WriteFrom = default;
    }

    CompletionEntry IValueTaskSource<CompletionEntry>.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<CompletionEntry>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<CompletionEntry>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);
}
