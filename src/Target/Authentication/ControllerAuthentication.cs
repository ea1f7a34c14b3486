using System.Security.Cryptography;
using Migrate.Target.Admin;

namespace Migrate.Target.Authentication;

/// <summary>
/// The controller's side of one DH-HMAC-CHAP exchange on one queue (NVM Express Base 2.0, 8.13.5): negotiate and reply come
/// in, challenge and success go out, or the failure that ends it. Computing may take long: never on a thread that serves I/O.
/// </summary>
internal sealed class ControllerAuthentication(AuthenticationRules rules, string hostNqn, string subsystemNqn) : IDisposable
{
    private HostKeys? _keys;
    private DhChapSecret? _hostSecret;
    private ChallengeMessage? _challenge;
    private DiffieHellman? _ownKey;
    private ushort _transaction;

    /// <summary>The host has proven that it has its secret.</summary>
    public bool IsHostProven { get; private set; }

    /// <summary>The host wants the controller proven, too, and will tell what it thinks of the proof.</summary>
    public bool IsMutual { get; private set; }

    /// <summary>Why it failed, for the log; null while it has not.</summary>
    public AuthenticationFault? Fault { get; private set; }

    /// <summary>Hash and group, for the log.</summary>
    public string Chosen => _challenge is null ? "nothing" : $"{_challenge.Hash}, {_challenge.Group.Name()}";

    /// <summary>Takes a negotiate or a reply; returns the message that the host is to receive next.</summary>
    public byte[] Next(ReadOnlySpan<byte> message)
    {
        try
        {
            var type = AuthenticationMessage.TypeOf(message);
            return type switch
            {
                AuthenticationMessageType.Negotiate when _challenge is null => Challenge(NegotiateMessage.Read(message)),
                AuthenticationMessageType.Reply when _challenge is not null && !IsHostProven => Verify(message, _challenge),
                _ => throw new AuthenticationFault(AuthenticationFailure.IncorrectMessage, $"message 0x{(ushort)type:x4} does not belong here in the sequence"),
            };
        }
        catch (AuthenticationFault fault)
        {
            return Fail(fault);
        }
        catch (Exception e) when (e is CryptographicException or TargetException or ObjectDisposedException)
        {
            return Fail(new AuthenticationFault(AuthenticationFailure.Failed, e.Message, e));
        }
    }

    /// <summary>Takes the message that ends the exchange on the host's side: its success, or its refusal of the controller's proof.</summary>
    public void Conclude(ReadOnlySpan<byte> message)
    {
        if (AuthenticationMessage.TypeOf(message) == AuthenticationMessageType.Failure2)
        {
            Fault = new AuthenticationFault(AuthenticationMessage.FailureOf(message), $"the host refuses ({AuthenticationMessage.FailureOf(message)})");
        }
        else if (!IsHostProven || !IsMutual || AuthenticationMessage.TransactionOf(message) != _transaction)
        {
            Fault = new AuthenticationFault(AuthenticationFailure.IncorrectMessage, "a success of the host that was not due");
        }
    }

    public void Dispose() => _ownKey?.Dispose();

    private byte[] Challenge(NegotiateMessage negotiate)
    {
        _transaction = negotiate.Transaction;
        _keys = rules.Keys.Find(subsystemNqn, hostNqn);
        _hostSecret = _keys?.Host ?? throw new AuthenticationFault(AuthenticationFailure.Failed, "the host has no secret here any more");

        if (negotiate.SecureChannel != 0)
        {
            throw new AuthenticationFault(AuthenticationFailure.SecureChannelMismatch, "the host wants a secure channel made of the exchange");
        }

        var hash = rules.Hashes.FirstOrDefault(negotiate.Hashes.Contains);
        if (!hash.IsHash())
        {
            throw new AuthenticationFault(AuthenticationFailure.HashNotUsable, "the host offers no hash that is allowed here");
        }

        if (!rules.Groups.Any(negotiate.Groups.Contains))
        {
            throw new AuthenticationFault(AuthenticationFailure.GroupNotUsable, "the host offers no group that is allowed here");
        }

        var group = rules.Groups.First(negotiate.Groups.Contains);
        _ownKey = group == DhChapGroup.Null ? null : new DiffieHellman(group);
        _challenge = new ChallengeMessage(_transaction, hash, group, DhChapExchange.NextSequence(),
            RandomNumberGenerator.GetBytes(hash.Length()), _ownKey?.PublicKey ?? []);
        return _challenge.ToBytes();
    }

    private byte[] Verify(ReadOnlySpan<byte> message, ChallengeMessage challenge)
    {
        if (AuthenticationMessage.TransactionOf(message) != _transaction)
        {
            throw new AuthenticationFault(AuthenticationFailure.IncorrectPayload, "the reply belongs to another transaction");
        }

        var reply = ReplyMessage.Read(message, challenge.Hash);
        if (_ownKey is null && reply.PublicKey.Length != 0)
        {
            throw new AuthenticationFault(AuthenticationFailure.IncorrectPayload, "the reply has a public key without a group");
        }

        var shared = _ownKey?.Agree(reply.PublicKey) ?? [];
        var exchange = new DhChapExchange(hostNqn, subsystemNqn, _transaction, challenge.Hash, shared);
        var expected = exchange.HostResponse(_hostSecret!, challenge.Challenge, challenge.Sequence);
        if (!CryptographicOperations.FixedTimeEquals(reply.Response, expected))
        {
            throw new AuthenticationFault(AuthenticationFailure.Failed, "the host's response does not fit its secret");
        }

        byte[]? response = null;
        if (reply.Challenge is not null)
        {
            var controller = _keys!.Controller
                ?? throw new AuthenticationFault(AuthenticationFailure.Failed, "the host wants the controller authenticated, which has no secret for it");
            response = exchange.ControllerResponse(controller, reply.Challenge, reply.Sequence);
            IsMutual = true;
        }

        IsHostProven = true;
        return new Success1Message(_transaction, (byte)challenge.Hash.Length(), response).ToBytes();
    }

    private byte[] Fail(AuthenticationFault fault)
    {
        Fault = fault;
        IsHostProven = false;
        return AuthenticationMessage.NewFailure(AuthenticationMessageType.Failure1, _transaction, fault.Failure);
    }
}
