using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Migrate.Benchmarks.Copy;

/// <summary>
/// An HTTPS server with ranges for one file, as a process of its own, so that its CPU time is on nobody's bill. Tells address and certificate
/// thumbprint in its first line and ends with its standard input.
/// </summary>
internal static class CopySource
{
    public static async Task RunAsync(string[] args)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        await using var app = builder.Build();
        var path = Path.GetFullPath(args[0]);
        app.MapMethods("/folder/disk-flat.vmdk", ["GET", "HEAD"], () => Results.File(path, "application/octet-stream", enableRangeProcessing: true));
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Console.WriteLine($"{address}/folder/disk-flat.vmdk {certificate.GetCertHashString(HashAlgorithmName.SHA256)}");
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }
}
