namespace Migrate.Target.Host;

/// <summary>
/// A command failed on the target, or the connection to it did. A status on the wire is a status code type and a status
/// code (NVM Express Base 2.0, 3.3.3.2.1); failures of the connection have none.
/// </summary>
public class NvmeException : Exception
{
    /// <summary>A command that the target answered with an error.</summary>
    /// <param name="command">What was asked, e.g. <c>Write</c>.</param>
    /// <param name="statusCodeType">0 generic, 1 command specific, 2 media and data integrity, 3 path related.</param>
    /// <param name="statusCode">The code within the type.</param>
    /// <param name="doNotRetry">True when the target says that the same command would fail again.</param>
    /// <param name="meaning">What the code means, in words.</param>
    public NvmeException(string command, int statusCodeType, int statusCode, bool doNotRetry, string meaning)
        : base($"{command} failed: {meaning} (status code type {statusCodeType}, status code 0x{statusCode:x2})")
    {
        Command = command;
        StatusCodeType = statusCodeType;
        StatusCode = statusCode;
        DoNotRetry = doNotRetry;
        Meaning = meaning;
    }

    /// <summary>The connection failed, so that the outcome of <paramref name="command"/> is unknown.</summary>
    /// <param name="command">What was asked.</param>
    /// <param name="meaning">What happened to the connection.</param>
    /// <param name="inner">The cause, if there is one.</param>
    public NvmeException(string command, string meaning, Exception? inner = null) : base($"{command} failed: {meaning}", inner)
    {
        Command = command;
        Meaning = meaning;
    }

    /// <summary>What was asked, e.g. <c>Write</c>.</summary>
    public string Command { get; }

    /// <summary>Status code type, or null when the connection failed.</summary>
    public int? StatusCodeType { get; }

    /// <summary>Status code within its type, or null when the connection failed.</summary>
    public int? StatusCode { get; }

    /// <summary>True when the target says that the same command would fail again.</summary>
    public bool DoNotRetry { get; internal init; }

    /// <summary>What the code means, in words.</summary>
    public string Meaning { get; }

    /// <summary>True when the connection failed: connect again and repeat.</summary>
    public bool IsConnectionLost => StatusCodeType is null;
}
