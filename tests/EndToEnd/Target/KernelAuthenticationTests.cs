using Microsoft.Extensions.Logging;
using Migrate.EndToEnd.Tests.Guest;
using Migrate.Target.Admin;
using Migrate.Target.Authentication;
using Migrate.Target.Host;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>In-band authentication against the Linux kernel, in a guest with backports' kernel: its initiator at our target, and our host at its target.</summary>
public sealed class KernelAuthenticationTests
{
    private const string GuestNqn = "nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555"; // as eng/guest/initramfs.sh has it

    private static readonly DhChapHash[] Hashes = [DhChapHash.Sha256, DhChapHash.Sha384, DhChapHash.Sha512];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Linux_authenticates_by_every_hash_and_group_and_only_with_its_secret()
    {
        var image = await GuestImage.PrepareAsync(GuestImage.Backports, Cancel);
        var root = Directory.CreateTempSubdirectory("migrate-kernel-").FullName;
        var (hostKey, controllerKey) = (DhChapSecret.Generate(DhChapHash.Sha256), DhChapSecret.Generate(DhChapHash.Sha512));
        var uuid = Guid.NewGuid();
        using var log = new CollectedLog();
        var targets = new List<NvmeTarget>();
        try
        {
            var words = new List<string>();
            foreach (var (hash, group) in Hashes.SelectMany(h => Enum.GetValues<DhChapGroup>().Select(g => (h, g))))
            {
                var options = new TargetOptions
                {
                    Directory = Path.Combine(root, $"{hash}-{group}"),
                    Port = 0,
                    AuthenticationHashes = [hash],
                    AuthenticationGroups = [group],
                    HandshakeTimeout = TimeSpan.FromMinutes(5), // the guest's machine is emulated
                };
                var target = await NvmeTarget.StartAsync(options, TimeProvider.System, log.Factory, Cancel);
                targets.Add(target);
                await target.CreateNamespaceAsync(new NamespaceSpec(uuid, 16 << 20), Cancel);
                target.SetHostKeys(GuestNqn, hostKey, controllerKey);
                words.Add($"{target.EndPoint.Port}/{hash.ToString().ToLowerInvariant()}/{group.ToString().ToLowerInvariant()}");
            }

            // Somebody else, who has no secret, works at the target at which the guest tries wrong ones.
            await using var other = await NvmeHost.ConnectAsync(Options(targets[0].EndPoint.Port, targets[0].SubsystemNqn), TimeProvider.System, null, Cancel);
            var disk = await other.OpenAsync(uuid, Cancel);
            using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var reading = ReadUntilAsync(disk, done.Token);
            var job = $"""
                NQN={targets[0].SubsystemNqn} UUID={uuid} HOST_SECRET={hostKey.Reveal()} CONTROLLER_SECRET={controllerKey.Reveal()}
                WRONG_SECRET={DhChapSecret.Generate(DhChapHash.Sha256).Reveal()} TARGETS='{string.Join(' ', words)}'
                {await File.ReadAllTextAsync(Repository.PathOf("tests", "EndToEnd", "Target", "authentication.sh"), Cancel)}
                """;

            var run = await GuestRun.RunAsync(image, job, null, TimeSpan.FromMinutes(15), [], Cancel);

            await done.CancelAsync();
            (await reading).ShouldBeGreaterThan(0);
            other.IsConnected.ShouldBeTrue();
            run.Status.ShouldBe(0, $"{run.Console}\nThe targets:\n{string.Join('\n', log.Lines)}");
            run.Console.ShouldContain("ALL-GOOD");
            foreach (var word in words)
            {
                run.Console.ShouldContain($"AUTHENTICATED {word[(word.IndexOf('/') + 1)..].Replace('/', ' ')}");
            }

            log.Lines.Count(l => l.Contains("does not fit its secret", StringComparison.Ordinal)).ShouldBe(2); // one at Connect, one later
            log.Lines.ShouldContain(l => l.Contains("the host refuses", StringComparison.Ordinal));
            foreach (var secret in new[] { hostKey.Reveal()[10..30], controllerKey.Reveal()[10..30] })
            {
                log.Lines.ShouldAllBe(l => !l.Contains(secret, StringComparison.Ordinal));
            }
        }
        finally
        {
            foreach (var target in targets)
            {
                await target.DisposeAsync();
            }

            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task Our_host_authenticates_at_the_kernels_target_and_checks_it()
    {
        const string subsystemNqn = "nqn.2026-01.org.migrate.test:kernel";
        var uuid = Guid.Parse("5c0ffee0-1234-4567-89ab-0123456789ab");
        var choices = Hashes.SelectMany(h => Enum.GetValues<DhChapGroup>().Select(g => (Hash: h, Group: g)))
            .Select((c, i) => (c.Hash, c.Group, Id: Guid.Parse($"7c3f1c4e-0000-4000-8000-{i + 1:d12}"),
                Host: DhChapSecret.Generate(c.Hash), Controller: DhChapSecret.Generate(c.Hash))).ToList();
        var hosts = choices.Select(c => string.Join(',', Nqn(c.Id), c.Host.Reveal(), c.Controller.Reveal(),
            c.Hash.ToString().ToLowerInvariant(), c.Group.ToString().ToLowerInvariant()));
        await using var guest = await KernelTarget.StartAsync(
            await GuestImage.PrepareAsync(GuestImage.Backports, Cancel), subsystemNqn, uuid, $"HOSTS='{string.Join(' ', hosts)}'", Cancel);

        foreach (var choice in choices)
        {
            var options = Options(guest.Port, subsystemNqn, choice.Id) with { HostKey = choice.Host, ControllerKey = choice.Controller };
            await using var host = await NvmeHost.ConnectAsync(options, TimeProvider.System, null, Cancel);
            var disk = await host.OpenAsync(uuid, Cancel);
            await disk.WriteAsync(0, new byte[64 * 1024], Cancel);
        }

        var first = Options(guest.Port, subsystemNqn, choices[0].Id) with { HostKey = choices[0].Host };
        await using (await NvmeHost.ConnectAsync(first, TimeProvider.System, null, Cancel))
        {
        }

        await RefusedAsync(first with { HostKey = choices[1].Host }, "refuses");
        await RefusedAsync(first with { HostKey = null }, "no secret");
        await RefusedAsync(first with { ControllerKey = choices[1].Controller }, "does not prove");
    }

    private static async Task RefusedAsync(NvmeHostOptions options, string why) =>
        (await Should.ThrowAsync<NvmeException>(() => NvmeHost.ConnectAsync(options, TimeProvider.System, null, Cancel))).Message.ShouldContain(why);

    private static string Nqn(Guid id) => $"nqn.2014-08.org.nvmexpress:uuid:{id}";

    private static NvmeHostOptions Options(int port, string subsystemNqn, Guid? id = null)
    {
        var hostId = id ?? Guid.Parse("7c3f1c4e-0000-4000-8000-00000000000a");
        return new NvmeHostOptions
        {
            EndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port),
            SubsystemNqn = subsystemNqn,
            HostNqn = Nqn(hostId),
            HostId = hostId,
            IoQueues = 1,
            ConnectTimeout = TimeSpan.FromMinutes(2),
        };
    }

    private static async Task<int> ReadUntilAsync(NvmeDisk disk, CancellationToken ended)
    {
        var buffer = new byte[4096];
        var reads = 0;
        while (!ended.IsCancellationRequested)
        {
            await disk.ReadAsync(0, buffer, CancellationToken.None);
            reads++;
            await Task.Delay(50, CancellationToken.None);
        }

        return reads;
    }

    /// <summary>What the targets log.</summary>
    private sealed class CollectedLog : ILoggerProvider, ILogger
    {
        private readonly List<string> _lines = [];

        public CollectedLog() => Factory = LoggerFactory.Create(b => b.AddProvider(this).SetMinimumLevel(LogLevel.Debug));

        public ILoggerFactory Factory { get; }

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}
