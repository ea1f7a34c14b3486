using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Authentication;

/// <summary>Messages by AUTH_TYPE (upper byte) and AUTH_ID (lower byte) (NVM Express Base 2.0, 8.13.3 and 8.13.5).</summary>
internal enum AuthenticationMessageType : ushort
{
    Negotiate = 0x0000,
    Failure2 = 0x00F0,
    Failure1 = 0x00F1,
    Challenge = 0x0101,
    Reply = 0x0102,
    Success1 = 0x0103,
    Success2 = 0x0104,
}

/// <summary>What all messages begin with; the specification's figures of 8.13.3 and 8.13.5 give the rest.</summary>
internal static class AuthenticationMessage
{
    /// <summary>Longer than any message: a reply with two SHA-512 values and a key of 8192 bits has 1168 bytes.</summary>
    public const int MaxSize = 4096;
    public const int HeaderSize = 6;

    /// <summary>DH-HMAC-CHAP messages have 16 bytes before their values.</summary>
    public const int ValuesAt = 16;

    private const int FailureSize = 8;

    public static AuthenticationMessageType TypeOf(ReadOnlySpan<byte> message) =>
        message.Length < HeaderSize ? throw TooShort("message", message) : (AuthenticationMessageType)((message[0] << 8) | message[1]);

    public static ushort TransactionOf(ReadOnlySpan<byte> message) => ReadUInt16LittleEndian(message[4..]);

    public static byte[] New(AuthenticationMessageType type, ushort transaction, int size)
    {
        var message = new byte[size];
        message[0] = (byte)((ushort)type >> 8);
        message[1] = (byte)type;
        WriteUInt16LittleEndian(message.AsSpan(4), transaction);
        return message;
    }

    public static byte[] NewSuccess2(ushort transaction) => New(AuthenticationMessageType.Success2, transaction, ValuesAt);

    public static byte[] NewFailure(AuthenticationMessageType type, ushort transaction, AuthenticationFailure failure)
    {
        var message = New(type, transaction, FailureSize);
        message[6] = 1;
        message[7] = (byte)failure;
        return message;
    }

    public static AuthenticationFailure FailureOf(ReadOnlySpan<byte> message) =>
        message.Length < FailureSize ? throw TooShort("AUTH_Failure", message) : (AuthenticationFailure)message[7];

    public static AuthenticationFault TooShort(string name, ReadOnlySpan<byte> message) =>
        new(AuthenticationFailure.IncorrectPayload, $"a {name} of {message.Length} bytes is too short");
}
