using System.Net;
using Migrate.Target.Protocol;
using Migrate.Target.Transport;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// A host and the engine's side of its connection in one, without a socket: feeds bytes to a session as the engine would, PDU
/// by PDU, and holds every step against <see cref="HostJudge"/> and <see cref="TargetJudge"/>.
/// </summary>
internal sealed class MemoryHost : IConnection
{
    /// <summary>As an engine's receive buffer: a session that wants more than this at once would never get it.</summary>
    private const int ReceiveCapacity = 768 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IQueuePairSession _session;
    private readonly HostJudge _host;
    private readonly TargetJudge _target;
    private readonly FuzzBuffers _buffers;
    private int _isWakeWanted;
    private volatile bool _isAborted;

    public MemoryHost(Func<IConnection, IQueuePairSession> newSession, int inCapsuleBytes, FuzzBuffers buffers, Action<ReadOnlyMemory<byte>>? dataSeen = null)
    {
        _buffers = buffers;
        buffers.Begin();
        State = new WireState(inCapsuleBytes);
        _host = new HostJudge(State);
        _target = new TargetJudge(State) { DataSeen = dataSeen };
        _session = newSession(this);
    }

    public WireState State { get; }

    public SendBuffer Answers => _buffers.Answers;

    public IStorageQueue Storage => _buffers.Storage;

    public IPEndPoint LocalEndPoint { get; } = new(IPAddress.Loopback, 4420);

    public IPEndPoint RemoteEndPoint { get; } = new(IPAddress.Loopback, 1);

    public bool HasEnded => _isAborted || _session.HasEnded;

    /// <summary>PDUs that the session took or refused.</summary>
    public int Judged { get; private set; }

    /// <summary>Of those, how many ended the connection with a termination request: 0 or 1.</summary>
    public int Terminated => _target.Termination is null ? 0 : 1;

    public void Abort() => _isAborted = true;

    public void Wake() => Volatile.Write(ref _isWakeWanted, 1);

    /// <summary>Hands the bytes over; false when the connection has ended, rightly.</summary>
    /// <exception cref="FormatException">The target did what it must not.</exception>
    public bool Feed(ReadOnlySpan<byte> bytes)
    {
        _buffers.Receive(bytes);
        _session.BatchBegins();
        while (!_isAborted && Step())
        {
        }

        return !HasEnded;
    }

    /// <summary>No command stays without an answer that need not.</summary>
    public void Settle()
    {
        Wait(() => HasEnded || State.Pending <= State.MayStayPending, () => $"{State.Pending} commands have no answer, {State.MayStayPending} may wait");
    }

    public void Close()
    {
        _session.Closed();
        _buffers.Storage.Complete();
    }

    // One PDU: what the specification says of it, what the session does with it, whether the two agree.
    private bool Step()
    {
        var unread = _buffers.Unread;
        var verdict = _host.Judge(unread);
        if (verdict == Verdict.Incomplete && _host.Faults.Count == 0 && unread.Length > 0 && unread[0] == (byte)PduType.H2CData)
        {
            return false; // its data may be taken in parts, but is judged as a whole
        }

        var taken = Consume(unread);
        if (taken > 0 && verdict is Verdict.Right or Verdict.Doubtful)
        {
            _host.Take(unread[..taken]); // before its answers are judged
        }

        TakeAnswers();
        if (_isAborted)
        {
            return false;
        }

        if (verdict == Verdict.Incomplete && (_host.Faults.Count == 0 || !_session.HasEnded))
        {
            Must(taken == 0 && !_session.HasEnded, "a PDU that is not complete and not wrong was taken or refused");
            Must(_session.WantedBytes is >= PduHeader.Size and <= ReceiveCapacity, $"the session wants {_session.WantedBytes} bytes at once");
            return false;
        }

        Judged++;
        if (verdict == Verdict.Wrong || (verdict is Verdict.Doubtful or Verdict.Incomplete && _session.HasEnded))
        {
            JudgeEnd(unread);
            return false;
        }

        Must(taken == _host.Length, $"a PDU of {_host.Length} bytes was taken as {taken}, termination {_target.Termination}");
        _buffers.Consume(taken);
        var mayEnd = verdict == Verdict.Ends || IsDisconnect(unread);
        Must(!_session.HasEnded || mayEnd, $"the connection ended for no reason, termination {_target.Termination}");
        Must(verdict != Verdict.Ends || (_session.HasEnded && _target.Termination is null), "a termination request was not obeyed");
        return !_session.HasEnded;
    }

    // The data of an H2CData PDU is taken apart from its header.
    private int Consume(ReadOnlySpan<byte> unread)
    {
        var taken = _session.Consume(unread);
        while (taken > 0 && taken < _host.Length && !_session.HasEnded && _session.Consume(unread[taken.._host.Length]) is > 0 and var more)
        {
            taken += more;
        }

        _buffers.Storage.Complete();
        return taken;
    }

    private void JudgeEnd(ReadOnlySpan<byte> unread)
    {
        var faults = string.Join(" or ", _host.Faults);
        Must(_session.HasEnded && _target.Termination is not null, $"a PDU with {faults} did not end the connection");
        var request = _target.Termination!.Value;
        Must(_host.Faults.Any(f => f.Status == request.Status && (f.Information ?? request.Information) == request.Information), $"{request} where {faults} was due");
        var offending = _target.Offending.AsSpan();
        Must(offending.Length >= PduHeader.Size && unread.StartsWith(offending), "the termination request does not hold the wrong PDU's header");
    }

    private void TakeAnswers()
    {
        if (Interlocked.Exchange(ref _isWakeWanted, 0) != 0 && !_session.HasEnded && _session.IsEstablished)
        {
            _session.Woken();
        }

        Answers.Flush();
        _buffers.TakeAnswers(_target);
    }

    private void Wait(Func<bool> isDone, Func<string> what)
    {
        TakeAnswers();
        for (var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds; !isDone();)
        {
            Must(Environment.TickCount64 < until, what());
            Thread.Yield();
            TakeAnswers();
        }
    }

    private static bool IsDisconnect(ReadOnlySpan<byte> pdu) =>
        pdu[0] == (byte)PduType.CapsuleCmd && pdu[8] == Fabrics.Opcode && pdu[12] == Fabrics.Disconnect;

    private static void Must(bool isRight, string what)
    {
        if (!isRight)
        {
            throw new FormatException(what);
        }
    }
}
