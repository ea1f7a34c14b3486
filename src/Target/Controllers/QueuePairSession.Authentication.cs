using System.Diagnostics.CodeAnalysis;
using Migrate.Target.Authentication;
using Migrate.Target.Protocol;
using Migrate.Target.Transport;

namespace Migrate.Target.Controllers;

// In-band authentication of this queue (NVM Express Base 2.0, 8.13). The host sends a message and asks for the next one; that
// is computed on the thread pool, as an exponentiation would hold up every host of this connection's thread, and the command
// that asks is answered when it is there.
[SuppressMessage("Design", "CA1001", Justification = "Closed, which the engine calls once for each session, disposes of it.")]
internal sealed partial class QueuePairSession
{
    private const int ProtocolAt = 40;
    private const uint DhHmacChap = 0xE901_0100; // SECP E9h, SPSP1 01h, SPSP0 01h, above a reserved byte
    private const int LengthAt = 44;

    /// <summary>An exponentiation costs milliseconds: strangers may keep so many cores busy with them, not all.</summary>
    private static readonly SemaphoreSlim Computing = new(Math.Max(1, Environment.ProcessorCount / 2));

    private ControllerAuthentication? _authentication;
    private Task<byte[]>? _nextMessage;
    private (ushort CommandId, int Length)? _receiver;

    /// <summary>The host has authenticated on this queue, or need not: until then nothing but authentication is served.</summary>
    private bool _isTrusted;

    private void HandleAuthentication(in SubmissionEntry entry, ReadOnlySpan<byte> data)
    {
        var status = _queuePair is not { NeedsAuthentication: true }
            ? (ushort)(NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry)
            : entry.Dword(ProtocolAt / 4) != DhHmacChap
                ? (ushort)(NvmeStatus.InvalidField | NvmeStatus.DoNotRetry)
                : entry.FabricsType == Fabrics.AuthenticationSend ? TakeMessage(entry, data) : AwaitMessage(entry);
        if (status != Answered)
        {
            Respond(entry, status);
        }
    }

    private ushort TakeMessage(in SubmissionEntry entry, ReadOnlySpan<byte> data)
    {
        var length = entry.Dword(LengthAt / 4);
        if (entry.Sgl.Type != SglDescriptor.InCapsule)
        {
            return NvmeStatus.SglTypeInvalid | NvmeStatus.DoNotRetry;
        }

        if (length is 0 or > AuthenticationMessage.MaxSize || length > (uint)data.Length)
        {
            return NvmeStatus.DataSglLengthInvalid | NvmeStatus.DoNotRetry;
        }

        if (_nextMessage is { IsCompleted: false })
        {
            return NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry;
        }

        var message = data[..(int)length].ToArray();
        var type = length < AuthenticationMessage.HeaderSize ? default : AuthenticationMessage.TypeOf(message);
        if (type is AuthenticationMessageType.Success2 or AuthenticationMessageType.Failure2 && _authentication is not null)
        {
            _authentication.Conclude(message);
            EndAuthentication(_authentication);
        }
        else
        {
            ComputeNext(message, type == AuthenticationMessageType.Negotiate);
        }

        return NvmeStatus.Success;
    }

    private void ComputeNext(byte[] message, bool begins)
    {
        if (begins || _authentication is null)
        {
            // A negotiate begins anew, on a queue that is authenticated, too; that stays so until the new exchange fails.
            _authentication?.Dispose();
            var controller = _queuePair!.Controller;
            _authentication = new ControllerAuthentication(_subsystems.Authentication, controller.HostNqn, _subsystem.Nqn);
        }

        var authentication = _authentication;
        _nextMessage = Task.Run(async () =>
        {
            await Computing.WaitAsync();
            try
            {
                return authentication.Next(message);
            }
            finally
            {
                Computing.Release();
            }
        });
        _nextMessage.ContinueWith(static (_, connection) => ((IConnection)connection!).Wake(), _connection, TaskScheduler.Default);
    }

    private ushort AwaitMessage(in SubmissionEntry entry)
    {
        var length = entry.Dword(LengthAt / 4);
        if (_nextMessage is null || _receiver is not null)
        {
            return NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry;
        }

        if (length == 0 || entry.Sgl.Length < length || entry.Sgl.Type != SglDescriptor.Transport)
        {
            return NvmeStatus.DataSglLengthInvalid | NvmeStatus.DoNotRetry;
        }

        _receiver = (entry.CommandId, (int)Math.Min(length, AuthenticationMessage.MaxSize));
        DeliverMessage();
        return Answered;
    }

    /// <summary>Gives the waiting command its message, when both are there.</summary>
    private void DeliverMessage()
    {
        if (_receiver is not { } receiver || _nextMessage is not { IsCompleted: true } next)
        {
            return;
        }

        _receiver = null;
        var message = next.GetAwaiter().GetResult();
        if (message.Length > receiver.Length)
        {
            Respond(receiver.CommandId, NvmeStatus.DataSglLengthInvalid | NvmeStatus.DoNotRetry);
            return;
        }

        _nextMessage = null;
        // As long as was asked for: hosts take a shorter answer for a broken one. What follows the message is zero.
        _reply.Clear();
        message.CopyTo(_reply.SetData(receiver.Length));
        if (!SendData(receiver.CommandId, _reply.Data, result: 0))
        {
            Respond(receiver.CommandId, NvmeStatus.Success);
        }

        if (_authentication is { } done && (done.Fault is not null || (done.IsHostProven && !done.IsMutual)))
        {
            EndAuthentication(done);
        }
    }

    private void EndAuthentication(ControllerAuthentication done)
    {
        var controller = _queuePair!.Controller;
        _isTrusted = done.Fault is null;
        controller.IsTrusted |= _isTrusted;
        _authentication = null;
        done.Dispose();
        if (done.Fault is { } fault)
        {
            // The host has been told; the connection ends, and with the admin queue's all others (8.13.2).
            LogAuthenticationFailed(controller.HostNqn, _connection.RemoteEndPoint, _queuePair.QueueId, fault.Message);
            HasEnded = true;
        }
        else
        {
            LogAuthenticated(controller.HostNqn, _queuePair.QueueId, done.Chosen, done.IsMutual);
        }
    }
}
