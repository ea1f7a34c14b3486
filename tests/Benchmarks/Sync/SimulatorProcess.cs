using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Migrate.Simulator.Estates;

namespace Migrate.Benchmarks.Sync;

/// <summary>The program migrate-simulator with a generated estate, in a process of its own, so that its memory and time are not ours.</summary>
internal sealed class SimulatorProcess : IDisposable
{
    private readonly DirectoryInfo? _directory;
    private readonly Process? _process;
    private readonly HttpClient _control;

    public SimulatorProcess(int vms, int hosts)
    {
        _directory = Directory.CreateTempSubdirectory("migrate-sync-");
        var estate = Path.Combine(_directory.FullName, "estate.json");
        using (var generate = Run("generate", "--vms", $"{vms}", "--hosts", $"{hosts}", "--out", estate))
        {
            generate.WaitForExit();
        }

        (_process, Url, Thumbprint) = Serve(_directory, estate);
        _control = Client(Url);
    }

    public SimulatorProcess(Estate estate)
    {
        _directory = Directory.CreateTempSubdirectory("migrate-estate-");
        var file = Path.Combine(_directory.FullName, "estate.json");
        EstateFile.SaveAsync(estate, file).GetAwaiter().GetResult();
        (_process, Url, Thumbprint) = Serve(_directory, file);
        _control = Client(Url);
    }

    private static (Process Process, Uri Url, string Thumbprint) Serve(DirectoryInfo directory, string estate)
    {
        var url = Path.Combine(directory.FullName, "url");
        var thumbprint = Path.Combine(directory.FullName, "thumbprint");
        var process = Run("serve", "--estate", estate, "--control", "--url-file", url, "--thumbprint-file", thumbprint);
        while (!File.Exists(url))
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException("migrate-simulator did not start");
            }

            Thread.Sleep(100);
        }

        return (process, new Uri(File.ReadAllText(url).Trim()), File.ReadAllText(thumbprint).Trim());
    }

    private SimulatorProcess(Uri url, string thumbprint) => (Url, Thumbprint, _control) = (url, thumbprint, Client(url));

    /// <summary>One that another process has started and will end.</summary>
    public static SimulatorProcess Running(Uri url, string thumbprint) => new(url, thumbprint);

    public Uri Url { get; }

    public string Thumbprint { get; }

    public const string Password = "rehearsal";

    /// <summary>Processor time that it has used so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process?.Refresh();
            return _process?.TotalProcessorTime ?? TimeSpan.Zero;
        }
    }

    public async Task ControlAsync(string action)
    {
        using var answer = await _control.PostAsync(new Uri("control/" + action, UriKind.Relative), null);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Names of the VMs, in their order.</summary>
    public async Task<string[]> VmsAsync() =>
        [.. (await _control.GetFromJsonAsync<JsonElement>("control/vms")).EnumerateArray().Select(v => v.GetProperty("name").GetString()!)];

    /// <summary>Calls of the API so far, by name.</summary>
    public async Task<Dictionary<string, int>> CallsAsync() =>
        (await _control.GetFromJsonAsync<Dictionary<string, int>>("control/calls"))!;

    public void Dispose()
    {
        _control.Dispose();
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _directory?.Delete(recursive: true);
    }

    private static HttpClient Client(Uri url) =>
        new(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true }) { BaseAddress = url };

    private static Process Run(params string[] words) => Process.Start(new ProcessStartInfo(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "migrate-simulator.dll"), .. words])
    { RedirectStandardOutput = true })!;
}
