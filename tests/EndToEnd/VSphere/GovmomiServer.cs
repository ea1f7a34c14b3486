using System.Diagnostics;

namespace Migrate.EndToEnd.Tests.VSphere;

/// <summary>
/// govmomi's simulator as a process: a vSphere server that this project did not write. Built once from Debian's Go package, without
/// the network, and kept under the artifacts directory until its source changes.
/// </summary>
public sealed class GovmomiServer : IDisposable
{
    public const string User = "administrator@vsphere.local";
    public const string Password = "c0rrect horse <&> \"batterý\"";

    private static readonly SemaphoreSlim Building = new(1, 1);
    private readonly Process _process;

    private GovmomiServer(Process process, Uri url, string sha256) => (_process, Url, Sha256) = (process, url, sha256);

    public Uri Url { get; }

    /// <summary>The certificate's SHA-256 as Go computed it: bare lower-case hex.</summary>
    public string Sha256 { get; }

    public static async Task<GovmomiServer> StartAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var program = await BuildAsync(cancellationToken);
        var start = new ProcessStartInfo(program, [.. arguments, "-user", User, "-password", Password])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException("govmomi's simulator ended without telling its address");
        var words = line.Split(' ');
        return new GovmomiServer(process, new Uri(words[0]), words[1]);
    }

    public void Dispose()
    {
        // It ends when its input does; that way none is left behind when a test run is cut off.
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static async Task<string> BuildAsync(CancellationToken cancellationToken)
    {
        var artifacts = Path.Combine(Repository.Artifacts, "govmomi");
        var source = Repository.PathOf("tests", "EndToEnd", "VSphere", "vcsim");
        var program = Path.Combine(artifacts, "vcsim");
        await Building.WaitAsync(cancellationToken);
        try
        {
            if (File.Exists(program) && File.GetLastWriteTimeUtc(program) > Directory.EnumerateFiles(source).Max(File.GetLastWriteTimeUtc))
            {
                return program;
            }

            Directory.CreateDirectory(artifacts);
            var start = new ProcessStartInfo("go", ["build", "-o", program, "."]) { WorkingDirectory = source };
            start.Environment["GO111MODULE"] = "off";
            start.Environment["GOPATH"] = "/usr/share/gocode";
            start.Environment["GOCACHE"] = Path.Combine(artifacts, "cache");
            await Programs.OutputOfAsync(start);
            return program;
        }
        finally
        {
            Building.Release();
        }
    }
}
