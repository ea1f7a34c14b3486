namespace Migrate.Target.Authentication;

/// <summary>Why authentication fails: reason code explanations of AUTH_Failure (NVM Express Base 2.0, 8.13.3.2); the reason code is always 1.</summary>
internal enum AuthenticationFailure : byte
{
    Failed = 1,
    ProtocolNotUsable = 2,
    SecureChannelMismatch = 3,
    HashNotUsable = 4,
    GroupNotUsable = 5,
    IncorrectPayload = 6,
    IncorrectMessage = 7,
}

/// <summary>The other side's message cannot be accepted; <see cref="Exception.Message"/> says why in words for the log.</summary>
internal sealed class AuthenticationFault(AuthenticationFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public AuthenticationFailure Failure { get; } = failure;
}
