using System.CommandLine;
using System.Net;
using Migrate.Simulator.Estates;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Commands;

internal static class ServeCommand
{
    private static readonly Option<string> EstatePath = new("--estate") { Description = "Estate file (JSON); see README.md.", Required = true };
    private static readonly Option<string> Listen = new("--listen") { Description = "Address to listen on.", DefaultValueFactory = _ => "127.0.0.1" };
    private static readonly Option<int> Port = new("--port") { Description = "Port; 0 takes any free one.", DefaultValueFactory = _ => 0 };
    private static readonly Option<string> User = new("--user") { Description = "The one user who may log in.", DefaultValueFactory = _ => "administrator@vsphere.local" };
    private static readonly Option<string?> PasswordFile = new("--password-file") { Description = "File with the password; without it the password is 'rehearsal'." };
    private static readonly Option<string?> State = new("--state") { Description = "Directory that keeps the certificate, so that the thumbprint stays." };
    private static readonly Option<string?> ThumbprintFile = new("--thumbprint-file") { Description = "Writes the certificate's SHA-256 thumbprint here when ready." };
    private static readonly Option<string?> UrlFile = new("--url-file") { Description = "Writes the URL here when ready." };
    private static readonly Option<double> SessionTimeout = new("--session-timeout") { Description = "Seconds after which an idle session ends.", DefaultValueFactory = _ => 1800 };
    private static readonly Option<double> LeaseTimeout = new("--lease-timeout") { Description = "Seconds after which a lease without progress ends.", DefaultValueFactory = _ => 300 };
    private static readonly Option<bool> Control = new("--control") { Description = "Serves /control/… (faults on demand) to loopback clients." };
    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Prints every call." };

    public static Command Create()
    {
        var command = new Command("serve", "Serves an estate until it is stopped.")
        {
            EstatePath, Listen, Port, User, PasswordFile, State, ThumbprintFile, UrlFile, SessionTimeout, LeaseTimeout, Control, Verbose,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var path = parsed.GetRequiredValue(EstatePath);
            if (!IPAddress.TryParse(parsed.GetValue(Listen), out var address))
            {
                await Console.Error.WriteLineAsync($"--listen: '{parsed.GetValue(Listen)}' is not an IP address.");
                return 2;
            }

            var options = new SimulatorOptions
            {
                Listen = address,
                Port = parsed.GetValue(Port),
                UserName = parsed.GetValue(User)!,
                StateDirectory = parsed.GetValue(State),
                BaseDirectory = Path.GetDirectoryName(Path.GetFullPath(path)),
                SessionTimeout = TimeSpan.FromSeconds(parsed.GetValue(SessionTimeout)),
                LeaseTimeout = TimeSpan.FromSeconds(parsed.GetValue(LeaseTimeout)),
                Control = parsed.GetValue(Control),
                Verbose = parsed.GetValue(Verbose),
            };
            if (parsed.GetValue(PasswordFile) is { } file)
            {
                options = options with { Password = (await File.ReadAllTextAsync(file, cancellationToken)).TrimEnd('\r', '\n') };
            }

            await using var server = await SimulatorServer.StartAsync(await EstateFile.LoadAsync(path, cancellationToken), options, cancellationToken);
            await TrackAnewAsync(options, server, cancellationToken);
            await ReadyAsync(parsed, server, cancellationToken);
            await server.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (EstateException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <summary>
    /// What guests wrote is gone when the simulator is started again, as if its hosts had lost their power: change ids of before must not be
    /// taken for ids of now, so tracking starts anew as often as there were starts.
    /// </summary>
    private static async Task TrackAnewAsync(SimulatorOptions options, SimulatorServer server, CancellationToken cancellationToken)
    {
        if (options.StateDirectory is not { } directory)
        {
            return;
        }

        var file = Path.Combine(directory, "starts");
        var before = File.Exists(file) ? (await File.ReadAllTextAsync(file, cancellationToken)).Length : 0;
        await File.AppendAllTextAsync(file, ".", cancellationToken);
        foreach (var vm in server.Vcenter.All<VirtualMachine>().Select(v => v.Name).ToList())
        {
            for (var start = 0; start < before; start++)
            {
                server.Faults.ResetChangeTracking(vm);
            }
        }
    }

    /// <summary>The URL file comes last: whoever waits for it finds the thumbprint there too.</summary>
    private static async Task ReadyAsync(ParseResult parsed, SimulatorServer server, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(ThumbprintFile) is { } thumbprintFile)
        {
            await File.WriteAllTextAsync(thumbprintFile, server.Thumbprint + "\n", cancellationToken);
        }

        if (parsed.GetValue(UrlFile) is { } urlFile)
        {
            await File.WriteAllTextAsync(urlFile + ".part", server.Url.AbsoluteUri + "\n", cancellationToken);
            File.Move(urlFile + ".part", urlFile, overwrite: true);
        }

        Console.WriteLine($"url         {server.Url}");
        Console.WriteLine($"thumbprint  {server.Thumbprint}");
        Console.WriteLine($"user        {server.UserName}");
        Console.WriteLine("Ready. Stop with Ctrl-C.");
    }
}
