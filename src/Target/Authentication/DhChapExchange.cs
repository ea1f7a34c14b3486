using System.Security.Cryptography;
using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Authentication;

/// <summary>What both sides know of one exchange, and the responses that follow from it (NVM Express Base 2.0, 8.13.5.3 and 8.13.5.4).</summary>
/// <param name="Hash">The controller's choice.</param>
/// <param name="SharedSecret">g^xy mod p, as long as p; empty without a group.</param>
internal sealed record DhChapExchange(string HostNqn, string SubsystemNqn, ushort Transaction, DhChapHash Hash, byte[] SharedSecret)
{
    private static uint _lastSequence = ReadUInt32LittleEndian(RandomNumberGenerator.GetBytes(4));

    /// <summary>S1 or S2: another number in each exchange, and never 0, which stands for "no number".</summary>
    public static uint NextSequence()
    {
        uint next;
        do
        {
            next = Interlocked.Increment(ref _lastSequence);
        }
        while (next == 0);
        return next;
    }

    /// <summary>R1: what proves that the host has its secret.</summary>
    public byte[] HostResponse(DhChapSecret secret, byte[] challenge, uint sequence) =>
        Response(secret.KeyFor(HostNqn), challenge, sequence, "HostHost", HostNqn, SubsystemNqn);

    /// <summary>R2: what proves that the controller has its secret.</summary>
    public byte[] ControllerResponse(DhChapSecret secret, byte[] challenge, uint sequence) =>
        Response(secret.KeyFor(SubsystemNqn), challenge, sequence, "Controller", SubsystemNqn, HostNqn);

    private byte[] Response(byte[] key, byte[] challenge, uint sequence, string role, string ownNqn, string otherNqn)
    {
        // With a group, the challenge is augmented by the shared secret: who only listened cannot try secrets at leisure.
        var augmented = SharedSecret.Length == 0 ? challenge : Hash.Hmac(Hash.Digest(SharedSecret), challenge);
        Span<byte> numbers = stackalloc byte[7];
        WriteUInt32LittleEndian(numbers, sequence);
        WriteUInt16LittleEndian(numbers[4..], Transaction);
        numbers[6] = 0; // SC_C: no secure channel is concatenated
        byte[] text = [.. augmented, .. numbers, .. Encoding.UTF8.GetBytes(role + ownNqn), 0, .. Encoding.UTF8.GetBytes(otherNqn)];
        return Hash.Hmac(key, text);
    }
}
