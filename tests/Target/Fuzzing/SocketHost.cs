using System.Net;
using System.Net.Sockets;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// A hostile host on a real connection. It knows from <see cref="HostJudge"/> whether what it sent must end the connection, and
/// holds what comes back against <see cref="TargetJudge"/> as long as everything it sent was right.
/// </summary>
internal sealed class SocketHost : IDisposable
{
    private const int PatienceMs = 60_000;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = PatienceMs, SendTimeout = PatienceMs };
    private readonly HostJudge _host;
    private readonly TargetJudge _target;
    private readonly byte[] _received = new byte[1 << 20];
    private readonly MemoryStream _sent = new();
    private int _unread;
    private int _judged;

    public SocketHost(IPEndPoint target, int inCapsuleBytes)
    {
        State = new WireState(inCapsuleBytes);
        _host = new HostJudge(State);
        _target = new TargetJudge(State)
        {
            DataSeen = data =>
            {
                if (FuzzTarget.IsSecret(data.Span))
                {
                    throw new FormatException("the data of another host");
                }
            },
        };
        _socket.Connect(target);
    }

    public WireState State { get; }

    public Socket Socket => _socket;

    /// <summary>What was sent so far; for the message of a failure.</summary>
    public ReadOnlySpan<byte> Sent => _sent.GetBuffer().AsSpan(0, (int)_sent.Length);

    /// <summary>Something was sent that leaves open what the target must do.</summary>
    private bool IsUnclear { get; set; }

    /// <summary>Something was sent that must end the connection.</summary>
    private bool IsWrong { get; set; }

    /// <summary>Sends, then takes what has come; false when the connection has ended or must end now.</summary>
    public bool Send(ReadOnlySpan<byte> bytes)
    {
        Judge(bytes);
        try
        {
            for (var rest = bytes; !rest.IsEmpty;)
            {
                rest = rest[_socket.Send(rest)..];
                Take(wait: false);
            }

            return Take(wait: false) && !IsWrong;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted)
        {
            return false;
        }
    }

    /// <summary>Waits for bytes and takes them; false when the connection has ended.</summary>
    public bool Receive() => Take(wait: true);

    /// <summary>Waits for what must come: the termination request, or the answers to what was asked.</summary>
    public void Settle()
    {
        while (IsWrong || (!IsUnclear && State.Pending > State.MayStayPending))
        {
            try
            {
                if (!Take(wait: true))
                {
                    return;
                }
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                throw new FormatException(IsWrong
                    ? $"a PDU with {string.Join(" or ", _host.Faults)} did not end the connection"
                    : $"{State.Pending} commands have no answer, {State.MayStayPending} may wait", e);
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Judge(ReadOnlySpan<byte> bytes)
    {
        _sent.Write(bytes);
        while (!IsWrong && !IsUnclear)
        {
            var unread = Sent[_judged..];
            switch (_host.Judge(unread))
            {
                case Verdict.Incomplete:
                    return;
                case Verdict.Right when unread.Length < _host.Length:
                    return; // the rest of its data
                case Verdict.Right:
                    _host.Take(unread[.._host.Length]);
                    _judged += _host.Length;
                    break;
                case Verdict.Wrong when unread[0] != 0x06: // an R2T that would make the data right may be on its way
                    IsWrong = true;
                    break;
                default:
                    IsUnclear = true;
                    break;
            }
        }
    }

    private bool Take(bool wait)
    {
        while (wait || _socket.Available > 0)
        {
            var count = _socket.Receive(_received.AsSpan(_unread));
            if (count == 0)
            {
                return false;
            }

            wait = false;
            if (!IsUnclear)
            {
                _unread += count;
                var taken = _target.Take(_received.AsMemory(0, _unread));
                _received.AsSpan(taken, _unread - taken).CopyTo(_received);
                _unread -= taken;
            }
        }

        return _target.Termination is null;
    }
}
