using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Authentication;

/// <summary>
/// DH-HMAC-CHAP_Reply (NVM Express Base 2.0, 8.13.5.4): the host's response, its public key, and C2 when the controller is
/// to authenticate itself as well (null otherwise).
/// </summary>
internal sealed record ReplyMessage(ushort Transaction, byte[] Response, byte[]? Challenge, uint Sequence, byte[] PublicKey)
{
    private const int HashLengthAt = 6;
    private const int ChallengeValidAt = 8;
    private const int KeyLengthAt = 10;
    private const int SequenceAt = 12;

    /// <summary>Reads a reply to a challenge with this hash.</summary>
    public static ReplyMessage Read(ReadOnlySpan<byte> message, DhChapHash hash)
    {
        if (message.Length < AuthenticationMessage.ValuesAt)
        {
            throw AuthenticationMessage.TooShort("reply", message);
        }

        var length = hash.Length();
        if (message[HashLengthAt] != length)
        {
            throw new AuthenticationFault(AuthenticationFailure.IncorrectPayload, $"the reply has values of {message[HashLengthAt]} bytes, not {length}");
        }

        var keyLength = ReadUInt16LittleEndian(message[KeyLengthAt..]);
        var values = message[AuthenticationMessage.ValuesAt..];
        if (values.Length < (2 * length) + keyLength)
        {
            throw AuthenticationMessage.TooShort("reply", message);
        }

        return new ReplyMessage(AuthenticationMessage.TransactionOf(message), values[..length].ToArray(),
            (message[ChallengeValidAt] & 1) != 0 ? values.Slice(length, length).ToArray() : null,
            ReadUInt32LittleEndian(message[SequenceAt..]), values.Slice(2 * length, keyLength).ToArray());
    }

    public byte[] ToBytes()
    {
        var message = AuthenticationMessage.New(
            AuthenticationMessageType.Reply, Transaction, AuthenticationMessage.ValuesAt + (2 * Response.Length) + PublicKey.Length);
        message[HashLengthAt] = (byte)Response.Length;
        message[ChallengeValidAt] = Challenge is null ? (byte)0 : (byte)1;
        WriteUInt16LittleEndian(message.AsSpan(KeyLengthAt), (ushort)PublicKey.Length);
        WriteUInt32LittleEndian(message.AsSpan(SequenceAt), Sequence);
        Response.CopyTo(message, AuthenticationMessage.ValuesAt);
        Challenge?.CopyTo(message, AuthenticationMessage.ValuesAt + Response.Length);
        PublicKey.CopyTo(message, AuthenticationMessage.ValuesAt + (2 * Response.Length));
        return message;
    }
}
