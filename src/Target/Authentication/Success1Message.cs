namespace Migrate.Target.Authentication;

/// <summary>DH-HMAC-CHAP_Success1 (NVM Express Base 2.0, 8.13.5.5): the host is authenticated; the controller's response if it was challenged.</summary>
internal sealed record Success1Message(ushort Transaction, byte HashLength, byte[]? Response)
{
    private const int HashLengthAt = 6;
    private const int ResponseValidAt = 8;

    public static Success1Message Read(ReadOnlySpan<byte> message, DhChapHash hash)
    {
        if (message.Length < AuthenticationMessage.ValuesAt)
        {
            throw AuthenticationMessage.TooShort("success", message);
        }

        var isValid = (message[ResponseValidAt] & 1) != 0;
        if (message[HashLengthAt] != hash.Length() || (isValid && message.Length < AuthenticationMessage.ValuesAt + hash.Length()))
        {
            throw new AuthenticationFault(AuthenticationFailure.IncorrectPayload, $"the success has values of {message[HashLengthAt]} bytes, not {hash.Length()}");
        }

        return new Success1Message(AuthenticationMessage.TransactionOf(message), message[HashLengthAt],
            isValid ? message.Slice(AuthenticationMessage.ValuesAt, hash.Length()).ToArray() : null);
    }

    public byte[] ToBytes()
    {
        var message = AuthenticationMessage.New(
            AuthenticationMessageType.Success1, Transaction, AuthenticationMessage.ValuesAt + (Response?.Length ?? 0));
        message[HashLengthAt] = HashLength;
        message[ResponseValidAt] = Response is null ? (byte)0 : (byte)1;
        Response?.CopyTo(message, AuthenticationMessage.ValuesAt);
        return message;
    }
}
