using System.Net;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Destinations.Facts;
using Migrate.Executor.Preflight.Paths;

namespace Migrate.Executor.Tests.Preflight.Paths;

/// <summary>Two network namespaces of the test's own with a pair of veth between them, and the distribution's ping in each.</summary>
public sealed class JumboPathTests : IAsyncLifetime
{
    private readonly string _one = $"mig{Guid.NewGuid():N}"[..12];
    private readonly string _two = $"mig{Guid.NewGuid():N}"[..12];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Programs.OutputOfAsync("ip", "netns", "add", _one);
        await Programs.OutputOfAsync("ip", "netns", "add", _two);
        await Programs.OutputOfAsync("ip", "link", "add", "v1", "mtu", "9000", "netns", _one, "type", "veth", "peer", "name", "v2", "mtu", "9000", "netns", _two);
        await AddressAsync(_one, "v1", "10.77.0.1/24", "fd77::1/64");
        await AddressAsync(_two, "v2", "10.77.0.2/24", "fd77::2/64");
    }

    public async ValueTask DisposeAsync()
    {
        await Programs.RunAsync("ip", "netns", "delete", _one);
        await Programs.RunAsync("ip", "netns", "delete", _two);
    }

    [Theory]
    [InlineData("10.77.0.2", 8972)]
    [InlineData("fd77::2", 8952)]
    public async Task A_packet_of_the_whole_MTU_passes_and_one_byte_more_is_refused(string address, int payload)
    {
        var passes = await JumboPath.TryAsync(In(_one), IPAddress.Parse(address), 9000, "v1", Cancellation);
        passes.Outcome.ShouldBe(PathOutcome.Passes, passes.Words);
        passes.Payload.ShouldBe(payload);

        var refused = await JumboPath.TryAsync(In(_one), IPAddress.Parse(address), 9001, "v1", Cancellation);
        refused.Outcome.ShouldBe(PathOutcome.TooLong, refused.Words);
        refused.Payload.ShouldBe(payload + 1);
        refused.PathMtu.ShouldBe(9000);
    }

    [Fact]
    public async Task A_smaller_MTU_at_the_other_end_swallows_what_this_end_sends()
    {
        await Programs.OutputOfAsync("ip", "-n", _two, "link", "set", "v2", "mtu", "1500");
        var pair = HostPaths.Between([Nic("v1", 9000, "10.77.0.1/24")], [Nic("v2", 1500, "10.77.0.2/24")]).ShouldHaveSingleItem();
        var results = await HostPaths.TryAsync([pair], In(_one), In(_two), Cancellation);
        results.Select(path => (path.Mtu, path.Outcome)).ShouldBe([(9000, PathOutcome.Swallowed), (1500, PathOutcome.Passes)]);
        results.Select(path => path.Pair).Distinct().ShouldHaveSingleItem("both directions belong together");
    }

    [Fact]
    public async Task An_address_that_nobody_has_is_unreachable()
    {
        var result = await JumboPath.TryAsync(In(_one), IPAddress.Parse("10.77.0.9"), 9000, null, Cancellation);
        result.Outcome.ShouldBe(PathOutcome.Unreachable, result.Words);
    }

    [Fact]
    public void Only_addresses_of_one_network_make_a_path()
    {
        HostNic[] here = [Nic("lo", 65536, "127.0.0.1/8", "::1/128"), Nic("a", 9000, "10.0.4.2/24", "fe80::1/64"), Nic("b", 1500, "192.168.1.2/24")];
        HostNic[] there = [Nic("lo", 65536, "127.0.0.1/8"), Nic("x", 9000, "10.0.4.200/24", "fe80::2/64"), Nic("y", 1500, "192.168.2.2/24")];
        var pair = HostPaths.Between(here, there).ShouldHaveSingleItem();
        (pair.Here.Name, pair.There.Name).ShouldBe(("a", "x"));
        HostPaths.NicTo(here, IPAddress.Parse("192.168.1.77"))!.Name.ShouldBe("b");
        HostPaths.NicTo(here, IPAddress.Parse("192.168.9.9")).ShouldBeNull();
    }

    [Theory]
    [InlineData(1, "PING 10.0.0.9 (10.0.0.9) 8972(9000) bytes of data.\nFrom 10.0.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1500)\n", PathOutcome.TooLong, 1500)]
    [InlineData(1, "From fd00::1 icmp_seq=1 Packet too big: mtu=1280\n", PathOutcome.TooLong, 1280)]
    [InlineData(1, "ping: local error: message too long, mtu=1500\n", PathOutcome.TooLong, 1500)]
    [InlineData(127, "", PathOutcome.NotTried, null)]
    [InlineData(2, "ping: connect: Network is unreachable\n", PathOutcome.Unreachable, null)]
    public void What_ping_says_of_other_paths(int exit, string words, PathOutcome outcome, int? mtu)
    {
        var judged = JumboPath.Judge(new PathResult("here", "10.0.0.9", null, 9000, 8972, PathOutcome.NotTried, null, ""), new HostCommandResult(exit, words, ""));
        judged.Outcome.ShouldBe(outcome);
        judged.PathMtu.ShouldBe(mtu);
    }

    private static HostNic Nic(string name, int mtu, params string[] addresses) => new() { Name = name, Mtu = mtu, Addresses = addresses };

    private static InNamespace In(string name) => new(name);

    private static async Task AddressAsync(string name, string device, string four, string six)
    {
        await Programs.OutputOfAsync("ip", "-n", name, "addr", "add", four, "dev", device);
        await Programs.OutputOfAsync("ip", "-n", name, "addr", "add", six, "dev", device, "nodad");
        await Programs.OutputOfAsync("ip", "-n", name, "link", "set", device, "up");
    }

    private sealed class InNamespace(string name) : IHostCommands
    {
        private readonly LocalCommands _here = new(TimeProvider.System);

        public string Where => name;

        public Task<HostCommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken) =>
            _here.RunAsync(command with { Arguments = ["ip", "netns", "exec", name, .. command.Arguments] }, cancellationToken);
    }
}
