using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Transport;

// From the socket to the session. Data that the host was asked for goes right to where it belongs; everything else through
// the loop's buffer, of which only the incomplete rest is kept for the connection.
internal sealed unsafe partial class EventConnection
{
    private bool Receive()
    {
        var room = _session.DataRoom;
        var buffer = _loop.ReceiveBuffer;
        var before = _unread.Length;
        _unread.Bytes.CopyTo(buffer);
        var wanted = _session.ExpectsData ? Math.Max(BehindData, _session.WantedBytes) : buffer.Length;
        var count = TryReceive(room, buffer[before..Math.Max(before, wanted)]);
        if (count <= 0)
        {
            return HasEnded;
        }

        _unread.Release();
        _session.BatchBegins();
        var data = Math.Min(count, room.Length);
        _session.DataReceived(data);
        Consume(buffer[..(before + count - data)]);
        return true;
    }

    private int TryReceive(Span<byte> room, Span<byte> buffer)
    {
        nint count;
        fixed (byte* one = room, two = buffer)
        {
            if (room.IsEmpty)
            {
                count = Linux.Receive(Handle, two, buffer.Length, Linux.DontWait);
            }
            else
            {
                var vectors = stackalloc IoVector[2];
                vectors[0] = new IoVector { Base = one, Length = room.Length };
                vectors[1] = new IoVector { Base = two, Length = buffer.Length };
                var message = new MessageHeader { Vectors = vectors, VectorCount = 2 };
                count = Linux.ReceiveMessage(Handle, &message, Linux.DontWait);
            }
        }

        if (count < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error is Errno.EAGAIN or Errno.EINTR)
            {
                return 0;
            }

            if (error is not (Linux.ECONNRESET or Linux.EPIPE))
            {
                LogReceiveFailed(error, RemoteEndPoint);
            }
        }

        if (count <= 0)
        {
            End();
        }

        return (int)count;
    }

    private void Consume(ReadOnlySpan<byte> received)
    {
        while (!HasEnded && !_session.HasEnded)
        {
            if (!_session.CanConsume)
            {
                _isStalled = true;
                if (_unsent.Length == 0)
                {
                    _loop.Watch(this, 0);
                }

                break;
            }

            if (_unsent.Length > 0 || _session.Consume(received) is not (> 0 and var count))
            {
                break;
            }

            received = received[count..];
            if (Answers.IsAbove(FlushThreshold))
            {
                Answers.Flush();
            }
        }

        if (!HasEnded && !_session.HasEnded)
        {
            _unread.Append(received);
        }
    }

    private void EndBatch()
    {
        Answers.Flush();
        if (!HasEnded && _session.HasEnded && _lingerBy == 0 && _unsent.Length == 0)
        {
            Linger();
        }
    }

    // Closing with unread bytes would make TCP reset the connection and the host lose the termination request.
    private void Linger()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            _lingerBy = Environment.TickCount64 + (long)LingerTimeout.TotalMilliseconds;
            _loop.Watch(this, Linux.EPOLLIN);
        }
        catch (SocketException)
        {
            End(); // the host closed first
        }
    }

    private bool Discard()
    {
        var buffer = _loop.ReceiveBuffer;
        return TryReceive(default, buffer) > 0;
    }

    [LoggerMessage(124, LogLevel.Warning, "Connection of {Remote} ended: errno {Error}")]
    private partial void LogReceiveFailed(int error, IPEndPoint remote);

    [LoggerMessage(125, LogLevel.Information, "{Remote} did not connect to the subsystem within {Timeout}; ending its connection")]
    private partial void LogNeverConnected(IPEndPoint remote, TimeSpan timeout);
}
