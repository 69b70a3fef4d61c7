package io.mosaic.images;

import io.mosaic.kit.process.ServerProcess;

/** The repository's process: {@code io.mosaic.images.Main [--config FILE]}. */
public final class Main {

    private static final String HELP = """
            Usage: mos images [--config FILE]

            Runs the image repository: a registry for docker and its kin, on the database that the controllers have.

              --config FILE  configuration, JSON; else images.json in /etc/mosaic, or in etc below MOS_HOME
              --help         this text

            Keys, each of which may be left out:
              database   {"url", "user", "passwordFile"}: the PostgreSQL that the controllers have
              api        {"bind": address, "port": number}; 127.0.0.1, 8445
              tls        whether connections are encrypted: always where other machines connect
              address    URL at which clients reach it, behind a proxy for instance
              names      further names and addresses for its certificate
              directory  of the content, else images in /var/lib/mosaic, or in lib below MOS_HOME
              store      {"s3": {"endpoint", "region", "bucket", "prefix", "credentialsFile", "caFile"}}: a bucket that content is
                         in; directory is then for what is on its way to it
              reserve    what stays free of its file system; 256Mi
              garbage    {"every", "grace", "untagged"}; 1d, 1d, false
              limits     {"blob", "tenantUploads", "uploadIdle"}; 64Gi, 500, 24h
              glance     {"anonymousTenant", "tenantImages", "layer"}: the Glance API; none, 50000, 32Gi
              mirrors    other registries, fetched from when something of theirs is pulled, and kept; a list of
                         {"prefix", "upstream", "credentialsFile", "ca", "revalidate", "tenants", "anonymous",
                         "unprefixed", "maxBytes"}; such as {"prefix": "docker.io",
                         "upstream": "https://registry-1.docker.io"}: docker pull HOST:8445/docker.io/library/nginx

            Example:
              mos images --config /etc/mosaic/images.json

            Stops on SIGTERM.
            """;

    private Main() {}

    public static void main(String[] args) throws InterruptedException {
        ServerProcess.run(
                "images", HELP, args, (config, named, home) -> Images.start(ImagesConfig.read(config, named), home));
    }
}
