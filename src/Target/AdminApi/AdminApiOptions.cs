using System.Net;

namespace Migrate.Target.AdminApi;

/// <summary>Where the admin API answers. On its socket the file's mode says who may; elsewhere everybody needs the token.</summary>
public sealed record AdminApiOptions
{
    /// <summary>Path of the Unix socket (mode 0660); null for none.</summary>
    public string? Socket { get; init; }

    /// <summary>TCP address and port; null for none.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>File with the bearer token, mode 0600; made when absent. Needed with <see cref="Listen"/>.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Certificate, in PEM form; needed when <see cref="Listen"/> is no loopback address.</summary>
    public string? Certificate { get; init; }

    /// <summary>Its private key, in PEM form.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>True when it answers nowhere.</summary>
    public bool IsOff => Socket is null && Listen is null;

    /// <summary>Everything that is wrong, empty when nothing is.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Listen is not null && TokenFile is null)
        {
            problems.Add("the admin API on a TCP port needs a token file");
        }

        if ((Certificate is null) != (CertificateKey is null))
        {
            problems.Add("the admin API's certificate and its key go together");
        }

        if (Listen is not null && !IPAddress.IsLoopback(Listen.Address) && Certificate is null)
        {
            problems.Add($"the admin API on {Listen.Address} needs a certificate: without TLS the token would cross the network in the clear");
        }

        if (Listen is null && (TokenFile is not null || Certificate is not null))
        {
            problems.Add("a token file or a certificate is of no use without a TCP port for the admin API");
        }

        return problems;
    }
}
