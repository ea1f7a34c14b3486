namespace Migrate.Target.Authentication;

/// <summary>AUTH_Negotiate (NVM Express Base 2.0, 8.13.3.1): what the host can do, with its DH-HMAC-CHAP descriptor (8.13.5.2).</summary>
internal sealed record NegotiateMessage(ushort Transaction, byte SecureChannel, IReadOnlyList<DhChapHash> Hashes, IReadOnlyList<DhChapGroup> Groups)
{
    private const int SecureChannelAt = 6;
    private const int CountAt = 7;
    private const int DescriptorsAt = 8;
    private const int DescriptorSize = 64;
    private const byte DhHmacChap = 1;
    private const int HashCountAt = 2;
    private const int GroupCountAt = 3;
    private const int HashesAt = 4;
    private const int GroupsAt = 34;
    private const int MostIds = 30;

    public static NegotiateMessage Read(ReadOnlySpan<byte> message)
    {
        if (message.Length < DescriptorsAt || message.Length < DescriptorsAt + (message[CountAt] * DescriptorSize))
        {
            throw AuthenticationMessage.TooShort("AUTH_Negotiate", message);
        }

        for (var at = DescriptorsAt; at < DescriptorsAt + (message[CountAt] * DescriptorSize); at += DescriptorSize)
        {
            var descriptor = message.Slice(at, DescriptorSize);
            if (descriptor[0] != DhHmacChap)
            {
                continue;
            }

            if (descriptor[HashCountAt] > MostIds || descriptor[GroupCountAt] > MostIds)
            {
                throw new AuthenticationFault(AuthenticationFailure.IncorrectPayload, "AUTH_Negotiate counts more identifiers than a descriptor holds");
            }

            return new NegotiateMessage(AuthenticationMessage.TransactionOf(message), message[SecureChannelAt],
                [.. descriptor.Slice(HashesAt, descriptor[HashCountAt]).ToArray().Select(id => (DhChapHash)id)],
                [.. descriptor.Slice(GroupsAt, descriptor[GroupCountAt]).ToArray().Select(id => (DhChapGroup)id)]);
        }

        throw new AuthenticationFault(AuthenticationFailure.ProtocolNotUsable, "the host does not offer DH-HMAC-CHAP");
    }

    public byte[] ToBytes()
    {
        var message = AuthenticationMessage.New(AuthenticationMessageType.Negotiate, Transaction, DescriptorsAt + DescriptorSize);
        message[SecureChannelAt] = SecureChannel;
        message[CountAt] = 1;
        var descriptor = message.AsSpan(DescriptorsAt);
        descriptor[0] = DhHmacChap;
        descriptor[HashCountAt] = (byte)Hashes.Count;
        descriptor[GroupCountAt] = (byte)Groups.Count;
        for (var i = 0; i < Hashes.Count; i++)
        {
            descriptor[HashesAt + i] = (byte)Hashes[i];
        }

        for (var i = 0; i < Groups.Count; i++)
        {
            descriptor[GroupsAt + i] = (byte)Groups[i];
        }

        return message;
    }
}
