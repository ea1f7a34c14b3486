using System.Security.Cryptography;
using Migrate.Target.Authentication;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Host;

/// <summary>The host's side of DH-HMAC-CHAP on one queue that has just been connected (NVM Express Base 2.0, 8.13.5).</summary>
internal sealed class HostAuthentication(HostQueue queue, NvmeHostOptions options)
{
    /// <summary>ATR and ASCR in the result of Connect.</summary>
    public const ulong Required = 1 << 17;
    public const ulong SecureChannelRequired = 1 << 18;

    private const uint DhHmacChap = 0xE901_0100; // SECP E9h, SPSP1 01h, SPSP0 01h, above a reserved byte

    private readonly ushort _transaction = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);

    /// <exception cref="NvmeException">The target refuses this host, or did not prove itself as <see cref="NvmeHostOptions.ControllerKey"/> demands.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var hostKey = options.HostKey ?? throw Refused("the target wants this host to authenticate, which has no secret for it");
        await SendAsync(new NegotiateMessage(_transaction, 0, [DhChapHash.Sha256, DhChapHash.Sha384, DhChapHash.Sha512], Enum.GetValues<DhChapGroup>()).ToBytes(),
            cancellationToken);
        try
        {
            var challenge = ChallengeMessage.Read(await ReceiveAsync(AuthenticationMessageType.Challenge, cancellationToken));
            using var ownKey = challenge.Group == DhChapGroup.Null ? null : new DiffieHellman(challenge.Group);
            var exchange = new DhChapExchange(options.HostNqn, options.SubsystemNqn, _transaction, challenge.Hash, ownKey?.Agree(challenge.PublicKey) ?? []);
            var reply = new ReplyMessage(_transaction, exchange.HostResponse(hostKey, challenge.Challenge, challenge.Sequence),
                options.ControllerKey is null ? null : RandomNumberGenerator.GetBytes(challenge.Hash.Length()),
                options.ControllerKey is null ? 0 : DhChapExchange.NextSequence(), ownKey?.PublicKey ?? []);
            await SendAsync(reply.ToBytes(), cancellationToken);
            var success = Success1Message.Read(await ReceiveAsync(AuthenticationMessageType.Success1, cancellationToken), challenge.Hash);
            if (options.ControllerKey is { } controllerKey)
            {
                var expected = exchange.ControllerResponse(controllerKey, reply.Challenge!, reply.Sequence);
                if (success.Response is null || !CryptographicOperations.FixedTimeEquals(success.Response, expected))
                {
                    throw new AuthenticationFault(AuthenticationFailure.Failed, "the target does not prove that it has the controller's secret");
                }

                await SendAsync(AuthenticationMessage.NewSuccess2(_transaction), cancellationToken);
            }
        }
        catch (AuthenticationFault fault)
        {
            await TryTellAsync(fault.Failure, cancellationToken);
            throw Refused(fault.Message);
        }
        catch (NvmeException e) when (e.IsConnectionLost)
        {
            // Linux's target drops the connection as soon as it has refused, and its answer may be dropped with it.
            throw new NvmeException("Authentication", $"the target ended the connection within the authentication ({e.Meaning}): it refuses this host's secret, or the network broke", e);
        }
    }

    // As soon as Linux's target has read that it failed, it drops the connection, sometimes before it answers: the cause is still ours.
    private async Task TryTellAsync(AuthenticationFailure failure, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(AuthenticationMessage.NewFailure(AuthenticationMessageType.Failure2, _transaction, failure), cancellationToken);
        }
        catch (NvmeException)
        {
        }
    }

    private async Task SendAsync(byte[] message, CancellationToken cancellationToken)
    {
        var command = await BeginAsync("Authentication Send", Fabrics.AuthenticationSend, message.Length, cancellationToken);
        command.Writes(message, message.Length);
        await queue.ExecuteAsync(command);
    }

    private async Task<byte[]> ReceiveAsync(AuthenticationMessageType expected, CancellationToken cancellationToken)
    {
        var message = new byte[AuthenticationMessage.MaxSize];
        var command = await BeginAsync("Authentication Receive", Fabrics.AuthenticationReceive, message.Length, cancellationToken);
        command.Reads(message);
        await queue.ExecuteAsync(command);
        var type = AuthenticationMessage.TypeOf(message);
        if (type == AuthenticationMessageType.Failure1)
        {
            throw Refused($"the target refuses this host's authentication ({AuthenticationMessage.FailureOf(message)})");
        }

        return type == expected && AuthenticationMessage.TransactionOf(message) == _transaction
            ? message
            : throw new AuthenticationFault(AuthenticationFailure.IncorrectMessage, $"the target answered with message 0x{(ushort)type:x4}, not {expected}");
    }

    private async Task<HostCommand> BeginAsync(string name, byte type, int length, CancellationToken cancellationToken)
    {
        var command = await queue.RentAsync(name, cancellationToken);
        var entry = command.Begin(name, Fabrics.Opcode, type);
        WriteUInt32LittleEndian(entry[40..], DhHmacChap);
        WriteInt32LittleEndian(entry[44..], length);
        return command;
    }

    // As the status that the target gives who has not authenticated: the same secret will not do better next time.
    private static NvmeException Refused(string why) => new("Authentication", NvmeStatus.Type(NvmeStatus.AuthenticationRequired),
        NvmeStatus.Code(NvmeStatus.AuthenticationRequired), doNotRetry: true, why);
}
