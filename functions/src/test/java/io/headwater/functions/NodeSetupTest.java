package io.headwater.functions;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The set-up of a node (infra/aks), on a folder that stands for the node's root. */
class NodeSetupTest {
  private static final Path AKS = Path.of("../infra/aks");

  @TempDir private Path folder = Path.of("");
  private Path node = Path.of("");

  @BeforeEach
  void node() throws IOException {
    node = folder.resolve("node");
    Files.createDirectories(node.resolve("etc/containerd"));
    Files.writeString(node.resolve("etc/containerd/config.toml"), "version = 2\n");
    executable(node.resolve("usr/local/bin/overlaybd-snapshotter"), "");
    // Stands for the command that enters the node, and tells what was run there.
    executable(folder.resolve("bin/nsenter"), "echo \"$@\" >> " + folder.resolve("run"));
  }

  private static void executable(Path file, String script) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private record Result(int exitCode, String output) {}

  private Result setup(String registry, String mirror) throws Exception {
    var builder =
        new ProcessBuilder("bash", AKS.resolve("node-setup").toString(), registry, mirror)
            .redirectErrorStream(true);
    builder.environment().put("NODE_ROOT", node.toString());
    builder.environment().merge("PATH", "", (path, none) -> folder.resolve("bin") + ":" + path);
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  @Test
  void containerdPullsThroughTheProxyAndIsRestartedOnce() throws Exception {
    assertThat(setup("registry.example.com", "http://10.0.0.4:8578").exitCode()).isZero();
    assertThat(node.resolve("etc/containerd/certs.d/registry.example.com/hosts.toml"))
        .content()
        .contains(
            "server = \"https://registry.example.com\"",
            "[host.\"http://10.0.0.4:8578\"]",
            "\"pull\", \"resolve\"");
    var config = Files.readString(node.resolve("etc/containerd/config.toml"));
    assertThat(config)
        .startsWith("version = 2\n")
        .contains("[proxy_plugins.overlaybd]", "config_path = \"/etc/containerd/certs.d\"");
    assertThat(setup("registry.example.com", "http://10.0.0.4:8578").exitCode()).isZero();
    assertThat(node.resolve("etc/containerd/config.toml")).content().isEqualTo(config);
    assertThat(Files.readAllLines(folder.resolve("run")))
        .singleElement()
        .asString()
        .endsWith("systemctl restart containerd");
  }

  @Test
  void nodeWithoutSnapshotterNeedsToBeToldWhereItIs() throws Exception {
    Files.delete(node.resolve("usr/local/bin/overlaybd-snapshotter"));
    var result = setup("registry.example.com", "http://10.0.0.4:8578");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).contains("set OVERLAYBD_PACKAGES");
  }

  @Test
  void namesThatAreNoneAreRefused() throws Exception {
    assertThat(setup("../../etc", "http://10.0.0.4:8578").exitCode()).isEqualTo(1);
    assertThat(setup("registry.example.com", "http://x/\"]").exitCode()).isEqualTo(1);
    assertThat(Files.exists(node.resolve("etc/containerd/certs.d"))).isFalse();
  }

  @Test
  void manifestsAreObjectsOfKubernetes() throws Exception {
    var kinds = new ArrayList<String>();
    for (var file : List.of("proxy.yaml", "nodes.yaml")) {
      for (var document : new Yaml().loadAll(Files.readString(AKS.resolve(file)))) {
        if (document instanceof Map<?, ?> object) {
          assertThat(object.get("apiVersion")).isNotNull();
          assertThat(object.get("metadata")).isNotNull();
          kinds.add(String.valueOf(object.get("kind")));
        }
      }
    }
    assertThat(kinds)
        .containsExactly(
            "Namespace",
            "ServiceAccount",
            "Deployment",
            "Service",
            "PodDisruptionBudget",
            "DaemonSet");
  }
}
