using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Authentication;

/// <summary>DH-HMAC-CHAP_Challenge (NVM Express Base 2.0, 8.13.5.3): the controller's choice of hash and group, C1 and its public key.</summary>
internal sealed record ChallengeMessage(
    ushort Transaction, DhChapHash Hash, DhChapGroup Group, uint Sequence, byte[] Challenge, byte[] PublicKey)
{
    private const int HashLengthAt = 6;
    private const int HashAt = 8;
    private const int GroupAt = 9;
    private const int KeyLengthAt = 10;
    private const int SequenceAt = 12;

    public static ChallengeMessage Read(ReadOnlySpan<byte> message)
    {
        if (message.Length < AuthenticationMessage.ValuesAt)
        {
            throw AuthenticationMessage.TooShort("challenge", message);
        }

        var hash = (DhChapHash)message[HashAt];
        if (!hash.IsHash() || message[HashLengthAt] != hash.Length())
        {
            throw new AuthenticationFault(AuthenticationFailure.HashNotUsable, $"the challenge has hash {message[HashAt]} of {message[HashLengthAt]} bytes");
        }

        var group = (DhChapGroup)message[GroupAt];
        var keyLength = ReadUInt16LittleEndian(message[KeyLengthAt..]);
        if (!Enum.IsDefined(group) || keyLength != group.Length())
        {
            throw new AuthenticationFault(AuthenticationFailure.GroupNotUsable, $"the challenge has group {message[GroupAt]} with a key of {keyLength} bytes");
        }

        var values = message[AuthenticationMessage.ValuesAt..];
        return values.Length >= hash.Length() + keyLength
            ? new ChallengeMessage(AuthenticationMessage.TransactionOf(message), hash, group, ReadUInt32LittleEndian(message[SequenceAt..]),
                values[..hash.Length()].ToArray(), values.Slice(hash.Length(), keyLength).ToArray())
            : throw AuthenticationMessage.TooShort("challenge", message);
    }

    public byte[] ToBytes()
    {
        var message = AuthenticationMessage.New(
            AuthenticationMessageType.Challenge, Transaction, AuthenticationMessage.ValuesAt + Challenge.Length + PublicKey.Length);
        message[HashLengthAt] = (byte)Challenge.Length;
        message[HashAt] = (byte)Hash;
        message[GroupAt] = (byte)Group;
        WriteUInt16LittleEndian(message.AsSpan(KeyLengthAt), (ushort)PublicKey.Length);
        WriteUInt32LittleEndian(message.AsSpan(SequenceAt), Sequence);
        Challenge.CopyTo(message, AuthenticationMessage.ValuesAt);
        PublicKey.CopyTo(message, AuthenticationMessage.ValuesAt + Challenge.Length);
        return message;
    }
}
