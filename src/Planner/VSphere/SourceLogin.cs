namespace Migrate.Planner.VSphere;

/// <summary>What another program needs to log in to the source by itself. Secret: never to be logged or passed on a command line.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">TCP port of the API.</param>
/// <param name="UserName">The account.</param>
/// <param name="Password">Its password.</param>
/// <param name="Sha1Thumbprint">Of the certificate that this session accepted, colon-separated: VDDK knows certificates by SHA-1.</param>
public sealed record SourceLogin(string Host, int Port, string UserName, string Password, string Sha1Thumbprint)
{
    /// <summary>Without the password: a record's own ToString would print it.</summary>
    public override string ToString() => $"{UserName}@{Host}:{Port}";
}
