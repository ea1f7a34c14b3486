using Migrate.Target.Transport;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>What an engine would hold for one connection, used again by the next: millions of sessions must not make as many buffers.</summary>
internal sealed class FuzzBuffers
{
    private const int Capacity = 1024 * 1024;

    private readonly byte[] _received = new byte[Capacity];
    private readonly byte[] _answers = new byte[Capacity];
    private int _start;
    private int _end;
    private int _answered;

    public FuzzBuffers() => Answers = new SendBuffer(Capacity, Keep);

    public SendBuffer Answers { get; }

    public FuzzStorage Storage { get; } = new();

    public ReadOnlySpan<byte> Unread => _received.AsSpan(_start, _end - _start);

    /// <summary>Everything that this host has sent, as far as it fits.</summary>
    public List<byte[]> Sent { get; } = [];

    public void Begin()
    {
        Answers.Flush();
        (_start, _end, _answered) = (0, 0, 0);
        Sent.Clear();
    }

    public void Receive(ReadOnlySpan<byte> bytes)
    {
        Sent.Add(bytes.ToArray());
        if (bytes.Length > _received.Length - _end)
        {
            Unread.CopyTo(_received);
            (_start, _end) = (0, _end - _start);
        }

        bytes.CopyTo(_received.AsSpan(_end));
        _end += bytes.Length;
    }

    public void Consume(int count) => _start += count;

    public void TakeAnswers(TargetJudge judge)
    {
        var taken = judge.Take(_answers.AsMemory(0, _answered));
        _answers.AsSpan(taken, _answered - taken).CopyTo(_answers);
        _answered -= taken;
    }

    private void Keep(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        first.CopyTo(_answers.AsSpan(_answered));
        second.CopyTo(_answers.AsSpan(_answered + first.Length));
        _answered += first.Length + second.Length;
    }
}
